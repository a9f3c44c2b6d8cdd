// What a file is, by its first bytes and never by its name. Only what is recognised here reaches
// FFmpeg, and only through the one demuxer named here.
#pragma once

#include <string>

#include "libs/adapters/audio_decoder/ffmpeg/input_file.h"

namespace vang {

enum class Container {
  kWav,
  kWave64,
  kAiff,
  kCaf,
  kAu,
  kFlac,
  kMp3,
  kAdts,
  kAmr,
  kOgg,
  kMatroska,
  kMp4,
  kAsf,
};

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
