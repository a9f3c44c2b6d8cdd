// asr: recording.ingested → decode, find speech, recognise → raw transcript object →
// transcription.completed. Serves the champion model and follows model.promoted.
// Between services:
//   POST /internal/v1/models/validate   {id, family, folder} → 204, or 422 with what the
//   recogniser's
//                                       child said
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/audio_decoder.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/object_store.h"
#include "libs/ports/transcriber.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct AsrPorts {
  EventBus* bus = nullptr;
  ObjectStore* objects = nullptr;
  AudioDecoder* decoder = nullptr;
  Transcriber* transcriber = nullptr;
  Upstream* training = nullptr;  // which model is the champion
  const Clock* clock = &Clock::System();
  Metrics* metrics = nullptr;
};

struct AsrOptions {
  int workers = 2;   // recordings at once
  int parallel = 2;  // pieces of one recording recognised at once
  double max_seconds = 4 * 3600;
  std::string instance;  // tells several asr processes apart; empty in one process
};

std::unique_ptr<Module> MakeAsr(const AsrPorts& ports, const AsrOptions& options);

}  // namespace vang
