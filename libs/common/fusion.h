// Several rankings of the same things made into one, by reciprocal rank (Cormack et al. 2009): a
// thing scores the sum of 1 / (60 + rank) over the rankings that have it. Every search index ranks
// through this, so that no shape of Vang ranks unlike another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace vang {

// Ranks count from 1.
inline constexpr double kFusionConstant = 60;
// Puts a thing before all others that do not have it: more than any number of first ranks adds up
// to in practice.
inline constexpr double kFusionPrecedence = 1;

template <typename Id>
struct Fused {
  Id id;
  double score = 0;
  std::vector<int> ranks;  // in each ranking, from 1; 0 = not in it
};

// Best first; ties by id. `precedes(id)` tells what comes before all others; no ranking may hold an
// id twice.
template <typename Id, typename Precedes>
std::vector<Fused<Id>> FuseByRank(const std::vector<std::vector<Id>>& rankings,
                                  Precedes&& precedes) {
  std::map<Id, Fused<Id>> by_id;
  for (std::size_t i = 0; i < rankings.size(); ++i) {
    for (std::size_t rank = 1; rank <= rankings[i].size(); ++rank) {
      const Id& id = rankings[i][rank - 1];
      Fused<Id>& fused = by_id.try_emplace(id, Fused<Id>{id, 0, {}}).first->second;
      fused.ranks.resize(rankings.size());
      fused.ranks[i] = static_cast<int>(rank);
      fused.score += 1 / (kFusionConstant + static_cast<double>(rank));
    }
  }
  std::vector<Fused<Id>> fused;
  fused.reserve(by_id.size());
  for (auto& [id, item] : by_id) {
    if (precedes(id)) item.score += kFusionPrecedence;
    fused.push_back(std::move(item));
  }
  std::stable_sort(fused.begin(), fused.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  return fused;
}

}  // namespace vang
