#include "apps/vang-vectors/units.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "libs/adapters/embedder/static_vectors/unit_trie.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

constexpr std::uint32_t kBreak = UnitCorpus::kBreak;
constexpr std::uint32_t kPause = 0xFFFFFFFE;  // punctuation: no unit reaches over it

bool IsWord(std::uint32_t id) { return id < kPause; }

// Calls f(words of the unit, unit) along `text`, and with unit kBreak at breaks.
template <typename F>
void Cut(std::span<const std::uint32_t> text, const UnitTrie& trie, F&& f) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == kBreak) f(text.subspan(at, 1), kBreak);
    const auto match = IsWord(text[at]) ? trie.Longest(text.subspan(at)) : std::nullopt;
    if (match) f(text.subspan(at, match->length), match->unit);
    at += match ? match->length : 1;
  }
}

}  // namespace

std::uint32_t UnitMiner::IdOf(const std::string& word) {
  const auto [found, added] = ids_.try_emplace(word, static_cast<std::uint32_t>(spelled_.size()));
  if (added) spelled_.push_back(word);
  return found->second;
}

void UnitMiner::AddParagraph(std::string_view text) {
  std::size_t end = 0;
  for (const LocatedWord& word : LocatedWords(text)) {
    if (!Touch(end, word.begin)) text_.push_back(kPause);
    end = word.end;
    if (word.text[0] >= '0' && word.text[0] <= '9') {
      text_.push_back(kPause);
      continue;
    }
    text_.push_back(IdOf(word.text));
    ++words_;
  }
  text_.push_back(kBreak);
}

void UnitMiner::AddHeadword(std::string_view headword) {
  std::vector<std::uint32_t> ids;
  for (const LocatedWord& word : LocatedWords(headword)) ids.push_back(IdOf(word.text));
  if (ids.size() >= 2 && ids.size() <= UnitTrie::kLongest) headwords_.push_back(std::move(ids));
}

UnitCorpus UnitMiner::Mine(const UnitOptions& options) const {
  std::vector<std::uint32_t> counts(spelled_.size());
  std::unordered_map<std::uint64_t, std::uint32_t> pairs;
  for (const std::uint32_t id : text_) {
    if (IsWord(id)) ++counts[id];
  }
  const auto frequent = [&](std::uint32_t id) {
    return IsWord(id) && counts[id] >= options.min_count;
  };
  for (std::size_t i = 0; i + 1 < text_.size(); ++i) {
    if (!frequent(text_[i]) || !frequent(text_[i + 1])) continue;
    ++pairs[std::uint64_t{text_[i]} << 32 | text_[i + 1]];
  }

  UnitTrie candidates;
  std::vector<std::vector<std::uint32_t>> words;
  const auto add = [&](std::vector<std::uint32_t> unit) {
    if (candidates.Find(unit)) return;
    candidates.Insert(unit, static_cast<std::uint32_t>(words.size()));
    words.push_back(std::move(unit));
  };
  for (std::uint32_t id = 0; id < counts.size(); ++id) {
    if (frequent(id)) add({id});
  }
  for (const auto& headword : headwords_) add(headword);
  const auto all = static_cast<double>(words_);
  for (const auto& [pair, count] : pairs) {
    if (count < options.min_pair_count) continue;
    const auto first = static_cast<std::uint32_t>(pair >> 32);
    const auto second = static_cast<std::uint32_t>(pair);
    const double chance = static_cast<double>(counts[first]) * counts[second] / all;
    if (std::log(count / chance) / -std::log(count / all) >= options.min_pair_npmi) {
      add({first, second});
    }
  }

  std::vector<std::uint32_t> uses(words.size());
  Cut(text_, candidates, [&](auto, std::uint32_t unit) {
    if (unit != kBreak) ++uses[unit];
  });
  const auto spell = [&](std::uint32_t unit) {
    std::string spelled;
    for (const std::uint32_t word : words[unit]) {
      (spelled += spelled.empty() ? "" : " ") += spelled_[word];
    }
    return spelled;
  };
  std::vector<std::pair<std::uint32_t, std::string>> kept;  // unit, spelling
  for (std::uint32_t unit = 0; unit < words.size(); ++unit) {
    // A syllable that seldom stands alone is kept: people ask with it.
    if (uses[unit] >= options.min_count || (words[unit].size() == 1 && uses[unit] > 0)) {
      kept.emplace_back(unit, spell(unit));
    }
  }
  std::sort(kept.begin(), kept.end(), [&](const auto& a, const auto& b) {
    if (uses[a.first] != uses[b.first]) return uses[a.first] > uses[b.first];
    return a.second < b.second;
  });
  if (kept.size() > options.max_units) kept.resize(options.max_units);

  UnitCorpus corpus;
  UnitTrie trie;
  for (const auto& [unit, spelling] : kept) {
    trie.Insert(words[unit], static_cast<std::uint32_t>(corpus.units.size()));
    corpus.units.push_back(spelling);
  }
  corpus.counts.resize(corpus.units.size());
  Cut(text_, trie, [&](auto, std::uint32_t unit) {
    corpus.text.push_back(unit);
    if (unit != kBreak) ++corpus.counts[unit];
  });
  return corpus;
}

}  // namespace vang
