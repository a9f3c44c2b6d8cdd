// What a file is, by its first bytes (libs/speech/media_format.h), and which demuxer of FFmpeg
// reads it. Only what is recognised here reaches FFmpeg, and only through that one.
#pragma once

#include <string>

#include "libs/adapters/audio_decoder/ffmpeg/input_file.h"
#include "libs/speech/media_format.h"

namespace vang {

struct AudioFormat {
  Container container;
  std::string demuxer;      // FFmpeg's name
  std::string name;         // for people
  std::uint64_t start = 0;  // after an ID3 tag
};

// kInvalidArgument, saying what the file is instead, when it is empty, a playlist, a picture, an
// archive, text or nothing we know.
Result<AudioFormat> SniffAudioFormat(const InputFile& file);

}  // namespace vang
