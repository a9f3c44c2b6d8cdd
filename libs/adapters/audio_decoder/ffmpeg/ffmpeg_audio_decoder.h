// Decodes with the FFmpeg program in a child process that can open no socket and no other file, has
// bounded memory, processor time and output, and may use only the demuxer that the file's first
// bytes call for.
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/audio_decoder.h"
#include "libs/runtime/metrics.h"

namespace vang {

struct FfmpegAudioDecoderConfig {
  std::string ffmpeg = "/usr/bin/ffmpeg";
  std::string sandbox;  // path of vang-sandbox; empty = beside this program
  std::uint64_t memory_limit = std::uint64_t{1} << 30;  // bytes
  // The child must bring some sound within this time, again and again.
  Duration stall_timeout{60'000};
  Metrics* metrics = nullptr;
};

Result<std::unique_ptr<AudioDecoder>> OpenFfmpegAudioDecoder(
    const FfmpegAudioDecoderConfig& config);

}  // namespace vang
