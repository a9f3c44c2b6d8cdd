#include "apps/vang/stores.h"

#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_decoder.h"
#include "libs/adapters/embedder/static_vectors/static_embedder.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"
#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/adapters/transcriber/worker/worker_transcriber.h"

namespace vang::cli {

Result<Stores> OpenStores(const std::filesystem::path& data) {
  const auto path = [&](const char* name) { return (data / name).string(); };
  Stores stores;
  SqliteEventBusConfig bus;
  bus.path = path("events.db");
  VANG_ASSIGN_OR_RETURN(stores.bus, OpenSqliteEventBus(bus));
  VANG_ASSIGN_OR_RETURN(stores.metadata, OpenSqliteMetadataStore({path("metadata.db")}));
  VANG_ASSIGN_OR_RETURN(stores.keys, OpenSqliteKeyStore({path("keys.db")}));
  VANG_ASSIGN_OR_RETURN(stores.registry, OpenSqliteRegistryStore({path("registry.db")}));
  VANG_ASSIGN_OR_RETURN(stores.objects, OpenFsObjectStore({data}));
  return stores;
}

Result<Search> OpenSearch(const std::filesystem::path& data, const ModelFolders& models) {
  Search search;
  VANG_ASSIGN_OR_RETURN(search.embedder, OpenStaticEmbedder({models.embedding}));
  VANG_ASSIGN_OR_RETURN(search.index, OpenEmbeddedSearchIndex({(data / "index.db").string(),
                                                               search.embedder->dimension()}));
  return search;
}

Result<std::unique_ptr<AudioDecoder>> OpenDecoder(Metrics* metrics) {
  FfmpegAudioDecoderConfig config;
  config.metrics = metrics;
  return OpenFfmpegAudioDecoder(config);
}

Result<std::unique_ptr<Transcriber>> OpenTranscriber(int children, Metrics* metrics) {
  WorkerTranscriberConfig config;
  config.children = children;
  config.metrics = metrics;
  return OpenWorkerTranscriber(config);
}

}  // namespace vang::cli
