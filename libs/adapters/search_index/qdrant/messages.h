// What is said to Qdrant and what it answers, without the saying: ids, bodies, and readers that
// take nothing on trust (kDataLoss).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/common/json.h"
#include "libs/ports/search_index.h"

namespace vang::qdrant {

// A word of a tenant as a number: in the payload, to count by, and its lower half as the dimension
// of the sparse vectors. So tenants share no word, not even one spelled the same.
std::int64_t WordKey(const std::string& tenant, bool folded, const std::string& word);

// (tenant, recording).
using Owner = std::pair<std::string, std::string>;
std::string HeadId(const Owner& owner);

// One moment as it is stored.
struct Moment {
  Point point;  // without the vector
  std::vector<std::int8_t> vector;
  std::string generation;
};

// Which moments of a recording are to be found.
struct Head {
  std::string generation;
  TimeMs changed_at = 0;

  friend bool operator==(const Head&, const Head&) = default;
};

// All of a moment but its generation, for a hash.
std::string ContentOf(const Moment& moment);
// A name for exactly these points.
std::string GenerationOf(const std::vector<Point>& points);

// Bodies that store the points, one after the other, of some MiB each.
std::vector<std::string> UpsertBodies(const std::vector<Point>& points,
                                      const std::string& generation);
std::string UpsertHeadBody(const Owner& owner, const Head& head);

// Bodies that choose points.
std::string DeleteHeadBody(const Owner& owner);
std::string HeadsBody(const std::set<Owner>& owners);  // to read
std::string RecordingBody(const Owner& owner);         // to delete
std::string GenerationsBody(const Owner& owner, const std::vector<std::string>& generations);
std::string CountBody(const Owner& owner, const std::string& generation);
std::string CountWordBody(std::int64_t key);
std::string LengthsBody(const std::string& tenant);          // points by their number of words
std::string OwnGenerationsBody(const Owner& owner);          // points by generation
std::string PageBody(const std::optional<JsonValue>& from);  // all moments and heads, by id

// How many candidates each ranking gives.
struct CandidateLimits {
  std::size_t words = 0;
  std::size_t meaning = 0;
};
// A word of the question: its dimension and what it weighs.
using SparseQuery = std::map<std::uint32_t, double>;
// Nothing when there is nothing to ask.
std::optional<std::string> CandidatesBody(const SearchQuery& query, const SparseQuery& exact,
                                          const SparseQuery& folded,
                                          const std::vector<std::int8_t>& vector,
                                          const CandidateLimits& limits);

// Each once; `result` of a batch of queries.
Result<std::vector<Moment>> ReadCandidates(const JsonValue& result);
Result<std::map<Owner, Head>> ReadHeads(const JsonValue& result);
Result<std::uint64_t> ReadCount(const JsonValue& result);
// (value, points) of a facet.
Result<std::vector<std::pair<JsonValue, std::uint64_t>>> ReadFacet(const JsonValue& result);

// What a page holds of moments.
struct Page {
  std::vector<Moment> moments;
  std::optional<JsonValue> next;
};
Result<Page> ReadPage(const JsonValue& result);

}  // namespace vang::qdrant
