// `vang rebuild-index` and `vang rebuild-metadata`: what can be made anew from objects and events
// is made anew, on a data folder that no server works on.
#include "services/metadata/rebuild.h"

#include <fmt/format.h>

#include "apps/host/model_folders.h"
#include "apps/vang/commands.h"
#include "apps/vang/installation.h"
#include "apps/vang/stores.h"
#include "services/embeddings/rebuild.h"
#include "services/metadata/module.h"

namespace vang::cli {
namespace {

struct Opened {
  std::unique_ptr<DataLock> lock;
  std::filesystem::path data;
  Stores stores;
};

Result<Opened> Open(const RebuildOptions& options) {
  Opened opened;
  opened.data = options.data.empty() ? DefaultDataFolder() : std::filesystem::path(options.data);
  VANG_ASSIGN_OR_RETURN(opened.lock, DataLock::Take(opened.data));
  VANG_ASSIGN_OR_RETURN(opened.stores, OpenStores(opened.data));
  return opened;
}

// SHA-256 over all content, before and after: equal when nothing was amiss.
struct Hashes {
  std::string before;
  std::string after;
};

void WriteHashes(const Hashes& hashes, JsonWriter* json) {
  json->Field("hash_before", hashes.before).Field("hash_after", hashes.after);
}

const char* Compared(const Hashes& hashes) {
  return hashes.before == hashes.after ? "it is what it was" : "it differs from what it was";
}

Result<RebuiltIndex> RebuildIndexOf(const RebuildOptions& options, Hashes* hashes) {
  VANG_ASSIGN_OR_RETURN(const ModelFolders models, FindModels(options.models));
  VANG_ASSIGN_OR_RETURN(const Opened opened, Open(options));
  VANG_ASSIGN_OR_RETURN(const Search search, OpenSearch(opened.data, models));
  Metrics metrics;
  const Clock* clock = &Clock::System();
  const Stores& stores = opened.stores;
  const auto metadata = MakeMetadata({stores.metadata.get(), stores.keys.get(),
                                      stores.objects.get(), stores.bus.get(), clock, &metrics});
  RouterUpstream upstream(metadata->router());
  VANG_ASSIGN_OR_RETURN(hashes->before, search.index->ContentHash(Context()));
  VANG_ASSIGN_OR_RETURN(
      const RebuiltIndex rebuilt,
      RebuildIndex(Context(), {stores.bus.get(), stores.objects.get(), search.index.get(),
                               search.embedder.get(), &upstream, clock, &metrics}));
  VANG_ASSIGN_OR_RETURN(hashes->after, search.index->ContentHash(Context()));
  return rebuilt;
}

Result<Hashes> RebuildMetadataOf(const RebuildOptions& options) {
  VANG_ASSIGN_OR_RETURN(Opened opened, Open(options));
  MetadataStore& store = *opened.stores.metadata;
  Hashes hashes;
  VANG_ASSIGN_OR_RETURN(hashes.before, store.ContentHash(Context()));
  VANG_RETURN_IF_ERROR(RebuildMetadata(Context(), *opened.stores.bus, store));
  VANG_ASSIGN_OR_RETURN(hashes.after, store.ContentHash(Context()));
  return hashes;
}

}  // namespace

int RebuildIndexCommand(const Console& console, const RebuildOptions& options) {
  console.Progress("making the search index anew …");
  Hashes hashes;
  const auto rebuilt = RebuildIndexOf(options, &hashes);
  if (!rebuilt.ok()) return console.Fail(rebuilt.status());
  if (console.json) {
    JsonWriter json;
    json.BeginObject().Field("recordings", rebuilt->recordings).Field("points", rebuilt->points);
    WriteHashes(hashes, &json);
    console.Print(json.EndObject().text());
  }
  console.Note(fmt::format("the search index is made anew: {} moments of {} recordings; {}",
                           rebuilt->points, rebuilt->recordings, Compared(hashes)));
  return kExitOk;
}

int RebuildMetadataCommand(const Console& console, const RebuildOptions& options) {
  console.Progress("making the metadata anew …");
  const auto hashes = RebuildMetadataOf(options);
  if (!hashes.ok()) return console.Fail(hashes.status());
  if (console.json) {
    JsonWriter json;
    json.BeginObject();
    WriteHashes(*hashes, &json);
    console.Print(json.EndObject().text());
  }
  console.Note(fmt::format("the metadata is made anew; {}", Compared(*hashes)));
  return kExitOk;
}

}  // namespace vang::cli
