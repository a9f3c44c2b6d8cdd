// The embedded shape's adapters, all under one data folder. The only place that knows which
// technology stands behind which port.
#pragma once

#include <filesystem>
#include <memory>

#include "apps/host/model_folders.h"
#include "apps/vang/installation.h"
#include "libs/ports/audio_decoder.h"
#include "libs/ports/embedder.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/key_store.h"
#include "libs/ports/metadata_store.h"
#include "libs/ports/object_store.h"
#include "libs/ports/registry_store.h"
#include "libs/ports/search_index.h"
#include "libs/ports/transcriber.h"
#include "libs/runtime/metrics.h"

namespace vang::cli {

struct Stores {
  std::unique_ptr<EventBus> bus;
  std::unique_ptr<MetadataStore> metadata;
  std::unique_ptr<KeyStore> keys;
  std::unique_ptr<RegistryStore> registry;
  std::unique_ptr<ObjectStore> objects;
};

// The caller holds the folder's DataLock.
Result<Stores> OpenStores(const std::filesystem::path& data);

struct Search {
  std::unique_ptr<Embedder> embedder;
  std::unique_ptr<SearchIndex> index;
};

Result<Search> OpenSearch(const std::filesystem::path& data, const ModelFolders& models);

Result<std::unique_ptr<AudioDecoder>> OpenDecoder(Metrics* metrics);
// `children` recognitions at once.
Result<std::unique_ptr<Transcriber>> OpenTranscriber(int children, Metrics* metrics);

}  // namespace vang::cli
