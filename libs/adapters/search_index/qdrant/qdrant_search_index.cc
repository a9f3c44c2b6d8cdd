#include "libs/adapters/search_index/qdrant/qdrant_search_index.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <set>

#include "libs/adapters/search_index/checks.h"
#include "libs/adapters/search_index/qdrant/client.h"
#include "libs/adapters/search_index/qdrant/collections.h"
#include "libs/adapters/search_index/qdrant/messages.h"
#include "libs/adapters/search_index/qdrant/word_counts.h"
#include "libs/adapters/search_index/tenant_index.h"
#include "libs/base/sha256.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using qdrant::Head;
using qdrant::Moment;
using qdrant::Owner;

// A head that was written longer ago than this was in place before the question was asked, whatever
// the clocks say and however long its request was under way.
constexpr Duration kSettled{60'000};
// How often a question is asked anew because a recording changed under it.
constexpr int kRounds = 50;

using Heads = std::map<Owner, Head>;

Owner OwnerOf(const Moment& moment) { return {moment.point.tenant, moment.point.recording_id}; }

std::set<Owner> OwnersOf(const std::vector<Moment>& moments) {
  std::set<Owner> owners;
  for (const Moment& moment : moments) owners.insert(OwnerOf(moment));
  return owners;
}

// The moments that their heads name.
void KeepCurrent(const Heads& heads, std::vector<Moment>* moments) {
  std::erase_if(*moments, [&](const Moment& moment) {
    const auto head = heads.find(OwnerOf(moment));
    return head == heads.end() || head->second.generation != moment.generation;
  });
}

// What the words of a question weigh, to choose candidates by.
qdrant::SparseQuery WeighWords(const std::string& tenant, bool folded,
                               const std::vector<SearchTerm>& words,
                               const WordStatistics& statistics) {
  qdrant::SparseQuery weights;
  const auto& counts = folded ? statistics.folded : statistics.exact;
  const auto points = static_cast<double>(statistics.points);
  for (const SearchTerm& word : words) {
    const std::string& form = folded ? word.folded : word.exact;
    const double with = std::min(points, static_cast<double>(counts.at(form)));
    const auto dimension = static_cast<std::uint32_t>(qdrant::WordKey(tenant, folded, form));
    weights[dimension] += std::log(1 + (points - with + 0.5) / (with + 0.5));
  }
  return weights;
}

// Everything after the name of the collection is known.
class Store {
 public:
  Store(qdrant::Client* client, const Clock* clock) : client_(client), clock_(clock) {}

  Status Replace(const Context& context, const std::string& collection, const Owner& owner,
                 const std::vector<Point>& points) {
    const std::string path = collection + "/points";
    const std::string generation = qdrant::GenerationOf(points);
    VANG_ASSIGN_OR_RETURN(
        const JsonValue facet,
        client_->Read(context, "POST", collection + "/facet", qdrant::OwnGenerationsBody(owner)));
    VANG_ASSIGN_OR_RETURN(const auto found, qdrant::ReadFacet(facet));
    std::vector<std::string> others;
    for (const auto& [value, count] : found) {
      if (!value.is_string()) return DataLoss("Qdrant counts by a generation that is no text");
      if (value.get_string() != generation) others.emplace_back(value.get_string().c_str());
    }
    for (const std::string& body : qdrant::UpsertBodies(points, generation)) {
      VANG_RETURN_IF_ERROR(client_->Write(context, "PUT", path, body).status());
    }
    const std::string head = qdrant::UpsertHeadBody(owner, {generation, clock_->Now()});
    VANG_RETURN_IF_ERROR(client_->Write(context, "PUT", path, head).status());
    if (others.empty()) return {};
    // Those alone that were there before: another writer may be putting in his.
    return client_->Write(context, "POST", path + "/delete", qdrant::GenerationsBody(owner, others))
        .status();
  }

  Status Delete(const Context& context, const std::string& collection, const Owner& owner) {
    const std::string path = collection + "/points/delete";
    VANG_RETURN_IF_ERROR(
        client_->Write(context, "POST", path, qdrant::DeleteHeadBody(owner)).status());
    return client_->Write(context, "POST", path, qdrant::RecordingBody(owner)).status();
  }

  Result<Heads> HeadsOf(const Context& context, const std::string& collection,
                        const std::set<Owner>& owners) {
    if (owners.empty()) return Heads();
    VANG_ASSIGN_OR_RETURN(
        const JsonValue answer,
        client_->Read(context, "POST", collection + "/points", qdrant::HeadsBody(owners)));
    return qdrant::ReadHeads(answer);
  }

  // The candidates as they stood at one moment for each recording. A recording whose head is the
  // same before and after they were read, or has long been the same, was not changed meanwhile.
  Result<std::vector<Moment>> Candidates(const Context& context, const std::string& collection,
                                         const std::string& body) {
    Heads before;
    for (int round = 0; round < kRounds; ++round) {
      const TimeMs asked_at = clock_->Now();
      VANG_ASSIGN_OR_RETURN(
          const JsonValue answer,
          client_->Read(context, "POST", collection + "/points/query/batch", body));
      VANG_ASSIGN_OR_RETURN(auto moments, qdrant::ReadCandidates(answer));
      VANG_ASSIGN_OR_RETURN(Heads heads, HeadsOf(context, collection, OwnersOf(moments)));
      const bool settled = std::all_of(heads.begin(), heads.end(), [&](const auto& item) {
        const auto was = before.find(item.first);
        return item.second.changed_at < asked_at - kSettled.count() ||
               (was != before.end() && was->second == item.second);
      });
      if (settled) {
        KeepCurrent(heads, &moments);
        return moments;
      }
      before = std::move(heads);
    }
    return Unavailable("recordings change faster than they can be searched");
  }

 private:
  qdrant::Client* const client_;
  const Clock* const clock_;
};

class QdrantSearchIndex : public SearchIndex {
 public:
  QdrantSearchIndex(const QdrantSearchIndexConfig& config, std::shared_ptr<qdrant::Client> client,
                    std::string fixed = "")
      : config_(config),
        client_(std::move(client)),
        collections_(client_.get(), config_),
        fixed_(std::move(fixed)),
        store_(client_.get(), config_.clock),
        counts_(client_.get(), config_.clock) {}

  Status ReplaceRecording(const Context& context, const std::string& tenant,
                          const std::string& recording_id,
                          const std::vector<Point>& points) override {
    VANG_RETURN_IF_ERROR(CheckPoints(points, tenant, recording_id, dimension()));
    return Change(context, tenant, [&](const std::string& collection) {
      return points.empty() ? store_.Delete(context, collection, {tenant, recording_id})
                            : store_.Replace(context, collection, {tenant, recording_id}, points);
    });
  }

  Status DeleteRecording(const Context& context, const std::string& tenant,
                         const std::string& recording_id) override {
    return ReplaceRecording(context, tenant, recording_id, {});
  }

  Result<std::vector<SearchHit>> Search(const Context& context, const SearchQuery& query) override {
    VANG_RETURN_IF_ERROR(context.Check());
    VANG_RETURN_IF_ERROR(CheckQuery(query, dimension()));
    const std::vector<SearchTerm> words = SearchTerms(query.text);
    const std::vector<std::int8_t> vector = QuantiseVector(query.vector);
    if (words.empty() && vector.empty()) return std::vector<SearchHit>();
    return Ask(context, [&](const std::string& collection) -> Result<std::vector<SearchHit>> {
      VANG_ASSIGN_OR_RETURN(const WordStatistics statistics,
                            counts_.Ask(context, collection, query.tenant, words));
      const auto limit = static_cast<std::size_t>(query.limit);
      const auto body =
          qdrant::CandidatesBody(query, WeighWords(query.tenant, false, words, statistics),
                                 WeighWords(query.tenant, true, words, statistics), vector,
                                 {std::max(RankingParameters::kExamined, limit),
                                  std::max(RankingParameters::kRanked, limit)});
      VANG_ASSIGN_OR_RETURN(auto moments, store_.Candidates(context, collection, *body));
      TenantIndex ranking;
      for (Moment& moment : moments) {
        ranking.Put(PreparePoint(std::move(moment.point), std::move(moment.vector)));
      }
      ranking.WeighAs(statistics);
      return ranking.Search(query);
    });
  }

  Result<std::uint64_t> CountPoints(const Context& context, const std::string& tenant,
                                    const std::string& recording_id) override {
    const Owner owner{tenant, recording_id};
    return Ask(context, [&](const std::string& collection) -> Result<std::uint64_t> {
      VANG_ASSIGN_OR_RETURN(const Heads heads, store_.HeadsOf(context, collection, {owner}));
      if (heads.empty()) return std::uint64_t{0};
      VANG_ASSIGN_OR_RETURN(
          const JsonValue answer,
          client_->Read(context, "POST", collection + "/points/count",
                        qdrant::CountBody(owner, heads.begin()->second.generation)));
      return qdrant::ReadCount(answer);
    });
  }

  Status Clear(const Context& context) override {
    return Rebuild(context, [](SearchIndex&) { return Status(); });
  }

  Status Rebuild(const Context& context,
                 const std::function<Status(SearchIndex& fresh)>& fill) override {
    VANG_RETURN_IF_ERROR(context.Check());
    VANG_ASSIGN_OR_RETURN(const std::string next, collections_.MakeNext(context));
    QdrantSearchIndex fresh(config_, client_, next);
    if (Status filled = fill(fresh); !filled.ok()) {
      // Whatever stopped the filling may have stopped the context, too.
      if (const Status dropped = collections_.DropNext(Context().WithTimeout(config_.timeout));
          !dropped.ok()) {
        Log(LogLevel::kWarning, "search-index", "what a failed rebuild left could not be removed",
            {{"error", dropped.ToString()}});
      }
      return filled;
    }
    VANG_RETURN_IF_ERROR(collections_.UseNext(context));
    counts_.Forget("");
    return {};
  }

  // Over the moments in the order of their ids in the server, which follow from their content.
  Result<std::string> ContentHash(const Context& context) override {
    return Ask(context, [&](const std::string& collection) -> Result<std::string> {
      Sha256 hash;
      qdrant::Page page;
      do {
        VANG_ASSIGN_OR_RETURN(const JsonValue answer,
                              client_->Read(context, "POST", collection + "/points/scroll",
                                            qdrant::PageBody(page.next)));
        VANG_ASSIGN_OR_RETURN(page, qdrant::ReadPage(answer));
        VANG_ASSIGN_OR_RETURN(const Heads heads,
                              store_.HeadsOf(context, collection, OwnersOf(page.moments)));
        KeepCurrent(heads, &page.moments);
        for (const Moment& moment : page.moments) hash.Update(qdrant::ContentOf(moment));
      } while (page.next);
      return hash.HexDigest();
    });
  }

  Status Ping(const Context& context) override {
    return Ask(context, [&](const std::string& collection) -> Status {
      VANG_ASSIGN_OR_RETURN(const JsonValue info, client_->Read(context, "GET", collection));
      JsonReader reader(info);
      if (reader.OptionalString("status").value_or("red") != "red") return {};
      return Unavailable("Qdrant says that the collection " + config_.collection +
                         " is damaged; look into its log");
    });
  }

  std::string Facts() const override { return collections_.Facts(); }

 private:
  std::size_t dimension() const { return static_cast<std::size_t>(config_.dimension); }

  static Status StatusOf(const Status& status) { return status; }
  template <typename T>
  static Status StatusOf(const Result<T>& result) {
    return result.status();
  }

  // What `ask` answers about the collection in use. One that is gone was dropped by a rebuild, or
  // by somebody: then once more, by what the alias names now.
  template <typename F>
  auto Ask(const Context& context, F&& ask) -> decltype(ask(std::string())) {
    for (int attempt = 1;; ++attempt) {
      std::string collection = fixed_;
      if (collection.empty()) {
        VANG_ASSIGN_OR_RETURN(collection, collections_.Ready(context));
      }
      auto answer = ask(collection);
      if (StatusOf(answer).code() != Code::kNotFound || attempt == 2 || !fixed_.empty()) {
        return answer;
      }
      collections_.NotReady();
    }
  }

  template <typename F>
  Status Change(const Context& context, const std::string& tenant, F&& change) {
    VANG_RETURN_IF_ERROR(context.Check());
    Status status = Ask(context, change);
    // Even a failed one may have changed something.
    counts_.Forget(tenant);
    return status;
  }

  const QdrantSearchIndexConfig config_;
  const std::shared_ptr<qdrant::Client> client_;
  qdrant::Collections collections_;
  const std::string fixed_;  // the path of the one collection to work on; empty = the one in use
  Store store_;
  qdrant::WordCounts counts_;
};

bool IsCollectionName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

Result<std::unique_ptr<SearchIndex>> OpenQdrantSearchIndex(const QdrantSearchIndexConfig& config) {
  VANG_RETURN_IF_ERROR(CheckDimension(config.dimension));
  if (!IsCollectionName(config.collection)) {
    return InvalidArgument("'" + config.collection +
                           "' is no collection's name: 1 to 64 of a-z, 0-9, '-' and '_'");
  }
  VANG_ASSIGN_OR_RETURN(auto client, qdrant::Client::Create(config));
  return std::unique_ptr<SearchIndex>(
      std::make_unique<QdrantSearchIndex>(config, std::move(client)));
}

}  // namespace vang
