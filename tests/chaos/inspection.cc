#include "tests/chaos/inspection.h"

#include "libs/adapters/embedder/static_vectors/static_embedder.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/base/sha256.h"
#include "libs/common/transcript.h"

namespace vang {
namespace {

const Context kContext;

Status ReadObjects(const std::filesystem::path& data, const std::string& tenant,
                   Inspection* found) {
  VANG_ASSIGN_OR_RETURN(auto objects, OpenFsObjectStore({data}));
  Sha256 hash;
  std::string after;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page, objects->List(kContext, tenant + "/", after, 1'000));
    if (page.empty()) break;
    for (const ObjectInfo& info : page) {
      // "<tenant>/<kind>/…"
      const std::size_t begin = tenant.size() + 1;
      ++found->objects[info.key.substr(begin, info.key.find('/', begin) - begin)];
      VANG_ASSIGN_OR_RETURN(const std::string bytes, objects->Get(kContext, info.key));
      hash.Update(info.key + " " + Sha256Hex(bytes) + "\n");
    }
    after = page.back().key;
  }
  found->object_hash = hash.HexDigest();
  return {};
}

Status ReadEvents(const std::filesystem::path& data, Inspection* found) {
  SqliteEventBusConfig config;
  config.path = data / "events.db";
  VANG_ASSIGN_OR_RETURN(auto bus, OpenSqliteEventBus(config));
  std::uint64_t after = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page, bus->Read(kContext, after, 1'000));
    if (page.empty()) return {};
    for (const auto& [sequence, event] : page) ++found->events[event.subject];
    after = page.back().first;
  }
}

Status ReadRows(const std::filesystem::path& data, const std::string& tenant, Inspection* found) {
  VANG_ASSIGN_OR_RETURN(auto store, OpenSqliteMetadataStore({data / "metadata.db"}));
  RecordingFilter filter;
  filter.tenant = tenant;
  std::string cursor;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page, store->ListRecordings(kContext, filter, cursor, 200));
    if (page.empty()) return {};
    for (const Recording& row : page) {
      found->recordings.insert(row.id);
      found->completed += row.status == "completed" ? 1 : 0;
      VANG_ASSIGN_OR_RETURN(const RecordingRows rows, store->GetRows(kContext, tenant, row.id));
      found->versions += rows.versions.size();
      for (const TranscriptVersion& version : rows.versions) {
        found->segments += static_cast<std::uint64_t>(version.segments);
      }
    }
    cursor = RecordingCursor(page.back());
  }
}

Status ReadPoints(const std::filesystem::path& data, const std::string& tenant, Inspection* found) {
  VANG_ASSIGN_OR_RETURN(
      const auto embedder,
      OpenStaticEmbedder({std::string(VANG_SOURCE_DIR) + "/models/embedding/vang-static-1"}));
  EmbeddedSearchIndexConfig config;
  config.path = data / "index.db";
  config.dimension = embedder->dimension();
  VANG_ASSIGN_OR_RETURN(auto index, OpenEmbeddedSearchIndex(config));
  for (const std::string& id : found->recordings) {
    VANG_ASSIGN_OR_RETURN(const std::uint64_t count, index->CountPoints(kContext, tenant, id));
    found->points += count;
  }
  VANG_ASSIGN_OR_RETURN(found->point_hash, index->ContentHash(kContext));
  return {};
}

}  // namespace

Result<Inspection> Inspect(const std::filesystem::path& data, const std::string& tenant) {
  Inspection found;
  VANG_RETURN_IF_ERROR(ReadObjects(data, tenant, &found));
  VANG_RETURN_IF_ERROR(ReadEvents(data, &found));
  VANG_RETURN_IF_ERROR(ReadRows(data, tenant, &found));
  VANG_RETURN_IF_ERROR(ReadPoints(data, tenant, &found));
  return found;
}

}  // namespace vang
