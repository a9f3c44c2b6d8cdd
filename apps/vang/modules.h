// The eight services in one process: each behind its ports, each seen by the others as an Upstream.
#pragma once

#include <memory>
#include <vector>

#include "apps/host/model_folders.h"
#include "apps/vang/stores.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang::cli {

struct ModuleOptions {
  bool require_key = true;
  int recognizers = 2;
};

// What the modules work on. Not owned; all of it outlives the graph.
struct ModuleParts {
  Stores* stores = nullptr;
  Search* search = nullptr;
  AudioDecoder* decoder = nullptr;
  Transcriber* transcriber = nullptr;
  Metrics* metrics = nullptr;
};

// Adds them to `graph`. The upstreams between them go into `upstreams`, which must outlive it.
void AddModules(const ModuleParts& parts, const ModelFolders& models, const ModuleOptions& options,
                ModuleGraph* graph, std::vector<std::unique_ptr<Upstream>>* upstreams);

}  // namespace vang::cli
