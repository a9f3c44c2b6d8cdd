// nlp-post: transcription.completed → text that people read (numbers, sentences, capitals), every
// edit located → readable transcript object → nlp.postprocessed.
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/object_store.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct NlpPostPorts {
  EventBus* bus = nullptr;
  ObjectStore* objects = nullptr;
  const Clock* clock = &Clock::System();
  Metrics* metrics = nullptr;
};

struct NlpPostOptions {
  std::string model_folder;  // models/text/<name>
  int workers = 1;
};

std::unique_ptr<Module> MakeNlpPost(const NlpPostPorts& ports, const NlpPostOptions& options);

}  // namespace vang
