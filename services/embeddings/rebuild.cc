#include "services/embeddings/rebuild.h"

#include <set>

#include "libs/common/event_data.h"
#include "services/embeddings/indexer.h"

namespace vang {
namespace {

constexpr int kPage = 1'000;

// (tenant, recording) of all that was ever ingested.
Result<std::set<std::pair<std::string, std::string>>> Ingested(const Context& context,
                                                               EventBus* bus) {
  std::set<std::pair<std::string, std::string>> recordings;
  std::uint64_t after = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page, bus->Read(context, after, kPage));
    for (const auto& [sequence, event] : page) {
      after = sequence;
      if (event.subject != RecordingIngested::kSubject) continue;
      VANG_ASSIGN_OR_RETURN(const auto data, FromEvent<RecordingIngested>(event));
      recordings.emplace(event.tenant, data.recording_id);
    }
    if (page.empty()) return recordings;
  }
}

}  // namespace

Result<RebuiltIndex> RebuildIndex(const Context& context, const EmbeddingsPorts& ports) {
  VANG_ASSIGN_OR_RETURN(const auto recordings, Ingested(context, ports.bus));
  RebuiltIndex rebuilt;
  VANG_RETURN_IF_ERROR(ports.index->Rebuild(context, [&](SearchIndex& fresh) -> Status {
    embeddings::Indexer indexer(ports.objects, &fresh, ports.embedder, ports.metadata);
    for (const auto& [tenant, recording_id] : recordings) {
      VANG_ASSIGN_OR_RETURN(const auto indexed,
                            indexer.Index(context, tenant, recording_id, std::nullopt));
      if (!indexed) continue;
      ++rebuilt.recordings;
      rebuilt.points += indexed->points;
    }
    return {};
  }));
  return rebuilt;
}

}  // namespace vang
