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

Status ReadObjects(ObjectStore& objects, const std::string& tenant, Inspection* found) {
  Sha256 hash;
  std::string after;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page, objects.List(kContext, tenant + "/", after, 1'000));
    if (page.empty()) break;
    for (const ObjectInfo& info : page) {
      // "<tenant>/<kind>/…"
      const std::size_t begin = tenant.size() + 1;
      ++found->objects[info.key.substr(begin, info.key.find('/', begin) - begin)];
      VANG_ASSIGN_OR_RETURN(const std::string bytes, objects.Get(kContext, info.key));
      hash.Update(info.key + " " + Sha256Hex(bytes) + "\n");
    }
    after = page.back().key;
  }
  found->object_hash = hash.HexDigest();
  return {};
}

Status ReadEvents(EventBus& bus, const std::string& tenant, Inspection* found) {
  std::uint64_t after = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page, bus.Read(kContext, after, 1'000));
    if (page.empty()) return {};
    for (const auto& [sequence, event] : page) {
      const bool of_recording = event.data.if_contains("recording_id") != nullptr;
      if (!of_recording || event.tenant == tenant) ++found->events[event.subject];
    }
    after = page.back().first;
  }
}

Status ReadText(ObjectStore& objects, const Recording& row, const TranscriptVersion& version,
                Inspection* found) {
  VANG_ASSIGN_OR_RETURN(const std::string bytes, objects.Get(kContext, version.readable_key));
  VANG_ASSIGN_OR_RETURN(const ReadableTranscript transcript, DecodeReadableTranscript(bytes));
  Sha256 hash;
  for (const ReadableSegment& segment : transcript.segments) {
    hash.Update(std::to_string(segment.start) + " " + std::to_string(segment.end) + " " +
                segment.text + "\n");
  }
  found->texts[row.sha256] = hash.HexDigest();
  return {};
}

Status ReadRows(const Planes& planes, const std::string& tenant, Inspection* found) {
  RecordingFilter filter;
  filter.tenant = tenant;
  std::string cursor;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page,
                          planes.metadata->ListRecordings(kContext, filter, cursor, 200));
    if (page.empty()) return {};
    for (const Recording& row : page) {
      found->recordings.insert(row.id);
      found->completed += row.status == "completed" ? 1 : 0;
      VANG_ASSIGN_OR_RETURN(const RecordingRows rows,
                            planes.metadata->GetRows(kContext, tenant, row.id));
      found->versions += rows.versions.size();
      for (const TranscriptVersion& version : rows.versions) {
        found->segments += static_cast<std::uint64_t>(version.segments);
        if (version.readable_key.empty()) continue;
        VANG_RETURN_IF_ERROR(ReadText(*planes.objects, row, version, found));
      }
    }
    cursor = RecordingCursor(page.back());
  }
}

Status ReadPoints(SearchIndex& index, const std::string& tenant, Inspection* found) {
  for (const std::string& id : found->recordings) {
    VANG_ASSIGN_OR_RETURN(const std::uint64_t count, index.CountPoints(kContext, tenant, id));
    found->points += count;
  }
  return {};
}

}  // namespace

Result<Inspection> Inspect(const Planes& planes, const std::string& tenant) {
  Inspection found;
  VANG_RETURN_IF_ERROR(ReadObjects(*planes.objects, tenant, &found));
  VANG_RETURN_IF_ERROR(ReadEvents(*planes.bus, tenant, &found));
  VANG_RETURN_IF_ERROR(ReadRows(planes, tenant, &found));
  VANG_RETURN_IF_ERROR(ReadPoints(*planes.index, tenant, &found));
  return found;
}

Result<Inspection> InspectFolder(const std::filesystem::path& data, const std::string& tenant) {
  VANG_ASSIGN_OR_RETURN(const auto objects, OpenFsObjectStore({data}));
  SqliteEventBusConfig bus_config;
  bus_config.path = data / "events.db";
  VANG_ASSIGN_OR_RETURN(const auto bus, OpenSqliteEventBus(bus_config));
  VANG_ASSIGN_OR_RETURN(const auto metadata, OpenSqliteMetadataStore({data / "metadata.db"}));
  VANG_ASSIGN_OR_RETURN(
      const auto embedder,
      OpenStaticEmbedder({std::string(VANG_SOURCE_DIR) + "/models/embedding/vang-static-1"}));
  EmbeddedSearchIndexConfig index_config;
  index_config.path = data / "index.db";
  index_config.dimension = embedder->dimension();
  VANG_ASSIGN_OR_RETURN(const auto index, OpenEmbeddedSearchIndex(index_config));
  return Inspect({objects.get(), bus.get(), metadata.get(), index.get()}, tenant);
}

}  // namespace vang
