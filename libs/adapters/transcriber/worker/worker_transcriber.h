// Recognition in watched child processes: vang-recognizer, one child per slot. Our own models run
// on ONNX Runtime (libs/speech), public ones on sherpa-onnx. A child that dies or hangs is
// replaced; the call it had in hand is kUnavailable.
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/transcriber.h"
#include "libs/runtime/metrics.h"

namespace vang {

struct WorkerTranscriberConfig {
  std::string program;  // path of vang-recognizer; empty = beside this program
  int children = 2;     // recognitions at once
  std::uint64_t memory_limit = std::uint64_t{6} << 30;  // of a child's address space, bytes
  Duration load_timeout{120'000};
  Duration recognize_timeout{120'000};  // for one piece of at most 20 s
  Metrics* metrics = nullptr;
};

Result<std::unique_ptr<Transcriber>> OpenWorkerTranscriber(const WorkerTranscriberConfig& config);

}  // namespace vang
