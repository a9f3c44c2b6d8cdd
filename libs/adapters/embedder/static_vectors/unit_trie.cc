#include "libs/adapters/embedder/static_vectors/unit_trie.h"

namespace vang {

void UnitTrie::Insert(std::span<const std::uint32_t> words, std::uint32_t unit) {
  std::uint32_t node = 0;
  for (const std::uint32_t word : words) {
    const auto [edge, added] = edges_.try_emplace(Key(node, word), nodes_);
    if (added) ++nodes_;
    node = edge->second;
  }
  units_[node] = unit;
}

std::optional<UnitTrie::Match> UnitTrie::Longest(std::span<const std::uint32_t> words) const {
  std::optional<Match> match;
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < words.size() && i < kLongest; ++i) {
    const auto edge = edges_.find(Key(node, words[i]));
    if (edge == edges_.end()) break;
    node = edge->second;
    if (const auto unit = units_.find(node); unit != units_.end()) match = {i + 1, unit->second};
  }
  return match;
}

std::optional<std::uint32_t> UnitTrie::Find(std::span<const std::uint32_t> words) const {
  const auto match = Longest(words);
  if (!match || match->length != words.size()) return std::nullopt;
  return match->unit;
}

}  // namespace vang
