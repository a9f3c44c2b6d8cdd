// Versioned datasets. The row in the registry is the dataset; its manifest object and dataset.ready
// follow from it, so whatever a crash left out is made up for by Finish.
#pragma once

#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/object_store.h"
#include "libs/ports/registry_store.h"
#include "services/training-orchestrator/corrections.h"

namespace vang::training {

struct DatasetPorts {
  RegistryStore* registry = nullptr;
  ObjectStore* objects = nullptr;
  EventBus* bus = nullptr;
  Corrections* corrections = nullptr;
  const Clock* clock = nullptr;
};

class Datasets {
 public:
  explicit Datasets(const DatasetPorts& ports);

  // The tenant's corrections as the next version of `name`. kFailedPrecondition when there are
  // none. When it fails after the row was stored, the dataset is there and the next Create or
  // FinishAll completes it.
  Result<Dataset> Create(const Context& context, const std::string& tenant,
                         const std::string& name);

  // Completes the newest dataset of every tenant; nothing is published twice.
  Status FinishAll(const Context& context);

 private:
  // Stores the manifest and publishes dataset.ready, unless that was done before.
  Status Finish(const Context& context, const Dataset& dataset);

  const DatasetPorts ports_;
};

double TotalSeconds(const std::vector<DatasetItem>& items);

}  // namespace vang::training
