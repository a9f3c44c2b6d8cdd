// The layout that the n-gram model and its builder share: three levels of sorted arrays. A word
// leads to the range of its bigrams, a bigram to the range of its trigrams, and a range is searched
// by halving. Values are floats while a model is built and 8-bit codes once it is shipped; the walk
// is the same, so it is written once, over the kind of value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "libs/vietnamese/vocabulary.h"

namespace vang {

// Arrays of one length per level; the three `begin` arrays have one entry more, so that children of
// i are [begin[i], begin[i + 1]).
template <typename Value>
struct NgramTrie {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<Value> unigram_probability;
  std::vector<Value> unigram_backoff;
  std::vector<std::uint32_t> unigram_begin;

  std::vector<std::uint16_t> bigram_word;
  std::vector<Value> bigram_probability;
  std::vector<Value> bigram_backoff;
  std::vector<std::uint32_t> bigram_begin;

  std::vector<std::uint16_t> trigram_word;
  std::vector<Value> trigram_probability;

  // The position of bigram (first, second), or kNone.
  std::uint32_t FindBigram(WordId first, WordId second) const {
    return Search(bigram_word, unigram_begin[first], unigram_begin[first + 1], second);
  }

  // The position of `word` below the bigram at `bigram`, or kNone.
  std::uint32_t FindTrigram(std::uint32_t bigram, WordId word) const {
    return Search(trigram_word, bigram_begin[bigram], bigram_begin[bigram + 1], word);
  }

 private:
  static std::uint32_t Search(const std::vector<std::uint16_t>& words, std::uint32_t begin,
                              std::uint32_t end, WordId word) {
    const auto first = words.begin() + begin;
    const auto last = words.begin() + end;
    const auto found = std::lower_bound(first, last, word);
    if (found == last || *found != word) return kNone;
    return static_cast<std::uint32_t>(found - words.begin());
  }
};

// The kinds of value of a trie, each with a code book of its own.
enum class NgramValue {
  kUnigramProbability,
  kUnigramBackoff,
  kBigramProbability,
  kBigramBackoff,
  kTrigramProbability
};
inline constexpr std::size_t kNgramValueKinds = 5;

// log P(word | context) by back-off. `context` is oldest first and only its last two words are
// looked at; every id must be within the vocabulary. `value(kind, v)` gives the natural logarithm
// that a stored v stands for.
template <typename Value, typename ToLog>
float NgramLogProb(const NgramTrie<Value>& trie, const ToLog& value,
                   std::span<const WordId> context, WordId word) {
  constexpr std::uint32_t kNone = NgramTrie<Value>::kNone;
  float backoff = 0;
  if (context.size() >= 2) {
    const std::uint32_t history =
        trie.FindBigram(context[context.size() - 2], context[context.size() - 1]);
    if (history != kNone) {
      const std::uint32_t found = trie.FindTrigram(history, word);
      if (found != kNone) {
        return value(NgramValue::kTrigramProbability, trie.trigram_probability[found]);
      }
      backoff += value(NgramValue::kBigramBackoff, trie.bigram_backoff[history]);
    }
  }
  if (!context.empty()) {
    const WordId last = context.back();
    const std::uint32_t found = trie.FindBigram(last, word);
    if (found != kNone) {
      return backoff + value(NgramValue::kBigramProbability, trie.bigram_probability[found]);
    }
    backoff += value(NgramValue::kUnigramBackoff, trie.unigram_backoff[last]);
  }
  return backoff + value(NgramValue::kUnigramProbability, trie.unigram_probability[word]);
}

}  // namespace vang
