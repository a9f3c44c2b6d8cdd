#include "libs/adapters/search_index/qdrant/word_counts.h"

#include <cstdlib>

#include "libs/adapters/search_index/qdrant/messages.h"

namespace vang::qdrant {
namespace {

constexpr Duration kHolds{30'000};
// More than this is forgotten, and asked again.
constexpr std::size_t kTenants = 1'000;
constexpr std::size_t kWordsOfATenant = 10'000;

}  // namespace

Result<WordStatistics> WordCounts::Ask(const Context& context, const std::string& collection,
                                       const std::string& tenant,
                                       const std::vector<SearchTerm>& words) {
  Known known;
  std::uint64_t changes = 0;
  memory_.With([&](Memory& memory) {
    changes = memory.changes;
    const auto found = memory.tenants.find(tenant);
    if (found == memory.tenants.end()) return;
    if (std::abs(clock_->Now() - found->second.since) < kHolds.count()) known = found->second;
  });
  bool asked = false;
  if (known.since == 0) {
    known.since = clock_->Now();
    VANG_RETURN_IF_ERROR(AskLengths(context, collection, tenant, &known));
    asked = true;
  }
  WordStatistics statistics;
  statistics.points = known.points;
  statistics.words = known.words;
  for (const SearchTerm& word : words) {
    for (const bool folded : {false, true}) {
      const std::string& form = folded ? word.folded : word.exact;
      const std::int64_t key = WordKey(tenant, folded, form);
      auto count = known.counts.find(key);
      if (count == known.counts.end()) {
        VANG_ASSIGN_OR_RETURN(
            const JsonValue answer,
            client_->Read(context, "POST", collection + "/points/count", CountWordBody(key)));
        VANG_ASSIGN_OR_RETURN(const std::uint64_t points, ReadCount(answer));
        count = known.counts.emplace(key, points).first;
        asked = true;
      }
      (folded ? statistics.folded : statistics.exact)[form] = count->second;
    }
  }
  if (!asked) return statistics;
  memory_.With([&](Memory& memory) {
    if (memory.changes != changes) return;
    if (memory.tenants.size() >= kTenants && !memory.tenants.contains(tenant)) {
      memory.tenants.clear();
    }
    if (known.counts.size() > kWordsOfATenant) known.counts.clear();
    memory.tenants[tenant] = std::move(known);
  });
  return statistics;
}

Status WordCounts::AskLengths(const Context& context, const std::string& collection,
                              const std::string& tenant, Known* known) {
  VANG_ASSIGN_OR_RETURN(const JsonValue answer,
                        client_->Read(context, "POST", collection + "/facet", LengthsBody(tenant)));
  VANG_ASSIGN_OR_RETURN(const auto lengths, ReadFacet(answer));
  for (const auto& [length, points] : lengths) {
    if (!length.is_int64()) return DataLoss("Qdrant counts by a length that is no number");
    known->points += points;
    known->words += points * static_cast<std::uint64_t>(length.get_int64());
  }
  return {};
}

void WordCounts::Forget(const std::string& tenant) {
  memory_.With([&](Memory& memory) {
    ++memory.changes;
    if (tenant.empty()) {
      memory.tenants.clear();
    } else {
      memory.tenants.erase(tenant);
    }
  });
}

}  // namespace vang::qdrant
