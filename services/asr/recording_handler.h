// recording.ingested → raw transcript object → transcription.completed.
#pragma once

#include "services/asr/module.h"

namespace vang::asr {

// Thread-safe.
class RecordingHandler {
 public:
  RecordingHandler(const AsrPorts& ports, const AsrOptions& options);

  // Does the work unless its result is stored already, publishes, and says OK. A recording that was
  // deleted meanwhile is OK too, and leaves nothing.
  Status Handle(const Context& context, const Delivery& delivery);

 private:
  AsrPorts ports_;
  AsrOptions options_;
};

}  // namespace vang::asr
