// Decodes with FFmpeg's libraries in a child process that can open no socket and no file, has
// bounded memory, processor time and output, and may use only the demuxer that the file's first
// bytes call for. The children are forked by the program vang-decoder, which is started once and
// kept.
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/audio_decoder.h"
#include "libs/runtime/metrics.h"

namespace vang {

struct FfmpegAudioDecoderConfig {
  std::string program;  // path of vang-decoder; empty = beside this program
  std::uint64_t memory_limit = std::uint64_t{1} << 30;  // bytes
  // The child must bring some sound within this much of its own processor time, again and again:
  // where it works and nothing comes of it, the file is at fault (kInvalidArgument). An honest file
  // gives sound within a tenth of a second, also on a slow or busy machine.
  Duration fruitless_processor_time{20'000};
  // And within this time on the clock; what then keeps it is the machine (kDeadlineExceeded).
  Duration stall_timeout{60'000};
  Metrics* metrics = nullptr;
};

Result<std::unique_ptr<AudioDecoder>> OpenFfmpegAudioDecoder(
    const FfmpegAudioDecoderConfig& config);

}  // namespace vang
