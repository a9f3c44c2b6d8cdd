// training-orchestrator: corrections into versioned datasets; models and the champion among them.
// Public routes: /v1/datasets…, /v1/models….
// Between services:
//   GET  /internal/v1/models/champion   {id, family, folder}; 404 before the first promotion
//   POST /internal/v1/models            {folder} → 201 the registered model (family found by its
//                                       files, tried in the recogniser's child first), 422 why not
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/object_store.h"
#include "libs/ports/registry_store.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct TrainingPorts {
  RegistryStore* registry = nullptr;
  ObjectStore* objects = nullptr;
  EventBus* bus = nullptr;
  Upstream* metadata = nullptr;  // rows of corrected recordings
  Upstream* asr = nullptr;       // tries a model before it serves
  const Clock* clock = &Clock::System();
  Metrics* metrics = nullptr;
};

struct TrainingOptions {
  // The model that ships: registered at start, and the champion until another is promoted.
  std::string default_model_folder;
};

std::unique_ptr<Module> MakeTraining(const TrainingPorts& ports, const TrainingOptions& options);

}  // namespace vang
