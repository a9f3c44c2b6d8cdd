// What the modules stand on in the distributed shape, opened when a service asks for it. One source
// file for each, so that a program links only what it uses.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apps/host/model_folders.h"
#include "apps/services/settings.h"
#include "libs/ports/audio_decoder.h"
#include "libs/ports/embedder.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/key_store.h"
#include "libs/ports/metadata_store.h"
#include "libs/ports/object_store.h"
#include "libs/ports/registry_store.h"
#include "libs/ports/search_index.h"
#include "libs/ports/transcriber.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/health.h"
#include "libs/runtime/metrics.h"

namespace vang::services {

// What is asked for is opened, and lives as long as this; a module asks once for each. Opening
// waits for no server. One thread.
class Parts {
 public:
  Parts(const Settings* settings, Metrics* metrics) : settings_(settings), metrics_(metrics) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  // In reverse order of opening.
  ~Parts() {
    while (!kept_.empty()) kept_.pop_back();
  }

  const Settings& settings() const { return *settings_; }
  Metrics* metrics() const { return metrics_; }

  Result<EventBus*> Bus();
  Result<ObjectStore*> Objects();
  Result<MetadataStore*> Metadata();
  Result<KeyStore*> Keys();
  Result<RegistryStore*> Registry();
  Result<Embedder*> Embed();
  Result<AudioDecoder*> Decoder();
  Result<Transcriber*> Recognizer(int children);
  // The index for the one service that writes it and for those that read it: Qdrant for both when
  // `qdrant.url` is given, else one in the writer's process that readers ask over HTTP.
  Result<SearchIndex*> WrittenIndex(int dimension);
  Result<SearchIndex*> ReadIndex(int dimension);
  // Another service, by the table of settings that holds its `urls`: "metadata", "training".
  Result<Upstream*> To(const std::string& service);
  Result<ModelFolders> Models() const;

 private:
  Result<SearchIndex*> Qdrant(int dimension);

  template <typename T>
  T* Keep(std::unique_ptr<T> part) {
    std::shared_ptr<T> shared = std::move(part);
    kept_.push_back(shared);
    return shared.get();
  }

  const Settings* const settings_;
  Metrics* const metrics_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace vang::services
