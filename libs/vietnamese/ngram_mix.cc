#include "libs/vietnamese/ngram_mix.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vang {
namespace {

using Key = std::uint64_t;

// The loss of an n-gram that must stay.
constexpr float kAlways = std::numeric_limits<float>::infinity();

double Exp(float log) { return std::exp(static_cast<double>(log)); }

float LogProb(const NgramTrie<float>& trie, std::span<const WordId> context, WordId word) {
  return NgramLogProb(
      trie, [](NgramValue, float v) { return v; }, context, word);
}

// Calls f(context, word) for each predicted word of a stream.
template <typename F>
void ForEachPrediction(std::span<const WordId> stream, F&& f) {
  std::array<WordId, 2> context = {Vocabulary::kUnknown, Vocabulary::kBegin};
  std::size_t known = 1;  // words of context that mean something
  for (const WordId word : stream) {
    if (word != Vocabulary::kUnknown) {
      f(std::span<const WordId>(context).last(known), word);
    }
    if (word == Vocabulary::kEnd) {
      context = {Vocabulary::kUnknown, Vocabulary::kBegin};
      known = 1;
    } else {
      context = {context[1], word};
      known = 2;
    }
  }
}

std::vector<Key> BigramKeys(const NgramTrie<float>& trie) {
  std::vector<Key> keys;
  keys.reserve(trie.bigram_word.size());
  for (Key first = 0; first + 1 < trie.unigram_begin.size(); ++first) {
    for (std::uint32_t i = trie.unigram_begin[first]; i < trie.unigram_begin[first + 1]; ++i) {
      keys.push_back(first << 16 | trie.bigram_word[i]);
    }
  }
  return keys;
}

std::vector<Key> TrigramKeys(const NgramTrie<float>& trie) {
  const std::vector<Key> bigrams = BigramKeys(trie);
  std::vector<Key> keys;
  keys.reserve(trie.trigram_word.size());
  for (std::size_t bigram = 0; bigram < bigrams.size(); ++bigram) {
    for (std::uint32_t i = trie.bigram_begin[bigram]; i < trie.bigram_begin[bigram + 1]; ++i) {
      keys.push_back(bigrams[bigram] << 16 | trie.trigram_word[i]);
    }
  }
  return keys;
}

std::vector<Key> Union(const std::vector<Key>& a, const std::vector<Key>& b) {
  std::vector<Key> both;
  both.reserve(std::max(a.size(), b.size()));
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

// Sets begin[i + 1] to the number of `keys` below the i-th of `parents`, then sums. Both rise.
template <typename ParentAt>
std::vector<std::uint32_t> Ranges(const std::vector<Key>& keys, std::size_t parents,
                                  ParentAt&& parent_at) {
  std::vector<std::uint32_t> begin(parents + 1, 0);
  std::size_t at = 0;
  for (std::size_t parent = 0; parent < parents; ++parent) {
    while (at < keys.size() && keys[at] >> 16 == parent_at(parent)) ++at;
    begin[parent + 1] = static_cast<std::uint32_t>(at);
  }
  return begin;
}

// What a context gives to words it has not seen: their share, over what the shorter context gives
// to the same words.
float Backoff(double seen, double seen_by_shorter) {
  constexpr double kLeast = 1e-7;  // Rounding may leave less than nothing.
  return static_cast<float>(
      std::log(std::max(1 - seen, kLeast) / std::max(1 - seen_by_shorter, kLeast)));
}

void RecomputeUnigramBackoffs(NgramTrie<float>* trie) {
  for (std::size_t word = 0; word + 1 < trie->unigram_begin.size(); ++word) {
    double seen = 0;
    double shorter = 0;
    for (std::uint32_t i = trie->unigram_begin[word]; i < trie->unigram_begin[word + 1]; ++i) {
      seen += Exp(trie->bigram_probability[i]);
      shorter += Exp(trie->unigram_probability[trie->bigram_word[i]]);
    }
    trie->unigram_backoff[word] = Backoff(seen, shorter);
  }
}

void RecomputeBigramBackoffs(NgramTrie<float>* trie) {
  for (std::size_t bigram = 0; bigram < trie->bigram_word.size(); ++bigram) {
    const std::array<WordId, 1> context = {trie->bigram_word[bigram]};
    double seen = 0;
    double shorter = 0;
    for (std::uint32_t i = trie->bigram_begin[bigram]; i < trie->bigram_begin[bigram + 1]; ++i) {
      seen += Exp(trie->trigram_probability[i]);
      shorter += Exp(LogProb(*trie, context, trie->trigram_word[i]));
    }
    trie->bigram_backoff[bigram] = Backoff(seen, shorter);
  }
}

// One n-gram under its context, as pruning sees it.
struct Entry {
  double share;    // of the context among all text
  double full;     // log P under the whole context
  double shorter;  // log P under the context without its oldest word
};

// The rise in relative entropy when `entry` goes: Stolcke's equation for one n-gram. `left` and
// `shorter_left` are what the context and the shorter one give to unseen words.
double LossOf(const Entry& entry, double left, double shorter_left) {
  const double p = std::exp(entry.full);
  const double lower = std::exp(entry.shorter);
  const double before = std::log(left / shorter_left);
  const double after = std::log((left + p) / (shorter_left + lower));
  return -entry.share * (p * (entry.shorter + after - entry.full) + left * (after - before));
}

// The losses of the children [begin, end) of one context. `shorter(i)` is the log probability that
// the shorter context gives.
template <typename Shorter>
void AppendLosses(const std::vector<float>& full, std::uint32_t begin, std::uint32_t end,
                  double share, Shorter&& shorter, std::vector<float>* losses) {
  constexpr double kLeast = 1e-7;
  std::vector<double> lower;
  double left = 1;
  double shorter_left = 1;
  for (std::uint32_t i = begin; i < end; ++i) {
    lower.push_back(static_cast<double>(shorter(i)));
    left -= Exp(full[i]);
    shorter_left -= std::exp(lower.back());
  }
  for (std::uint32_t i = begin; i < end; ++i) {
    const Entry entry = {share, static_cast<double>(full[i]), lower[i - begin]};
    losses->push_back(
        static_cast<float>(LossOf(entry, std::max(left, kLeast), std::max(shorter_left, kLeast))));
  }
}

// At most `keep` of `losses` are above this.
float Threshold(std::vector<float> losses, std::size_t keep) {
  if (keep >= losses.size()) return -kAlways;
  const auto nth = losses.begin() + static_cast<std::ptrdiff_t>(keep);
  std::nth_element(losses.begin(), nth, losses.end(), std::greater<>());
  return *nth;
}

}  // namespace

std::vector<double> TuneMixture(const std::vector<NgramEstimate>& parts,
                                std::span<const WordId> tuning) {
  std::vector<double> weights;
  weights.reserve(parts.size());
  double words = 0;
  for (const NgramEstimate& part : parts) words += part.words;
  for (const NgramEstimate& part : parts) weights.push_back(part.words / std::max(words, 1.0));
  if (tuning.empty()) return weights;

  std::vector<std::vector<double>> likelihoods;  // per prediction, per part
  ForEachPrediction(tuning, [&](std::span<const WordId> context, WordId word) {
    auto& row = likelihoods.emplace_back();
    for (const NgramEstimate& part : parts) row.push_back(Exp(LogProb(part.trie, context, word)));
  });
  weights.assign(parts.size(), 1.0 / static_cast<double>(parts.size()));
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> next(parts.size(), 0.0);
    for (const auto& row : likelihoods) {
      double sum = 0;
      for (std::size_t i = 0; i < row.size(); ++i) sum += weights[i] * row[i];
      for (std::size_t i = 0; i < row.size(); ++i) next[i] += weights[i] * row[i] / sum;
    }
    for (double& weight : next) weight /= static_cast<double>(likelihoods.size());
    weights = next;
  }
  return weights;
}

NgramEstimate MixEstimates(const std::vector<NgramEstimate>& parts,
                           const std::vector<double>& weights) {
  const auto mixed = [&](std::span<const WordId> context, WordId word) {
    double p = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      p += weights[i] * Exp(LogProb(parts[i].trie, context, word));
    }
    return static_cast<float>(std::log(p));
  };
  NgramEstimate mix;
  NgramTrie<float>& trie = mix.trie;
  const std::size_t vocabulary = parts.front().trie.unigram_probability.size();
  std::vector<Key> bigrams;
  std::vector<Key> trigrams;
  for (const NgramEstimate& part : parts) {
    bigrams = Union(bigrams, BigramKeys(part.trie));
    trigrams = Union(trigrams, TrigramKeys(part.trie));
  }
  trie.unigram_backoff.assign(vocabulary, 0.0F);
  trie.bigram_backoff.assign(bigrams.size(), 0.0F);
  trie.unigram_begin = Ranges(bigrams, vocabulary, [](std::size_t word) { return Key{word}; });
  trie.bigram_begin =
      Ranges(trigrams, bigrams.size(), [&](std::size_t bigram) { return bigrams[bigram]; });
  mix.unigram_count.assign(vocabulary, 0.0);
  for (WordId word = 0; word < vocabulary; ++word) {
    trie.unigram_probability.push_back(mixed({}, word));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      mix.unigram_count[word] +=
          weights[i] * parts[i].unigram_count[word] / std::max(parts[i].words, 1.0);
    }
  }
  for (const Key key : bigrams) {
    const std::array<WordId, 1> context = {static_cast<WordId>(key >> 16)};
    const auto word = static_cast<WordId>(key & 0xFFFF);
    trie.bigram_word.push_back(static_cast<std::uint16_t>(word));
    trie.bigram_probability.push_back(mixed(context, word));
    double count = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::uint32_t at = parts[i].trie.FindBigram(context[0], word);
      if (at == NgramTrie<float>::kNone) continue;
      count += weights[i] * parts[i].bigram_count[at] / std::max(parts[i].words, 1.0);
    }
    mix.bigram_count.push_back(count);
  }
  for (const Key key : trigrams) {
    const std::array<WordId, 2> context = {static_cast<WordId>(key >> 32),
                                           static_cast<WordId>(key >> 16 & 0xFFFF)};
    const auto word = static_cast<WordId>(key & 0xFFFF);
    trie.trigram_word.push_back(static_cast<std::uint16_t>(word));
    trie.trigram_probability.push_back(mixed(context, word));
  }
  RecomputeUnigramBackoffs(&trie);
  RecomputeBigramBackoffs(&trie);
  return mix;
}

NgramTrie<float> PruneEstimate(const NgramEstimate& full, std::size_t max_bigrams,
                               std::size_t max_trigrams) {
  const NgramTrie<float>& from = full.trie;
  std::vector<float> trigram_losses;
  trigram_losses.reserve(from.trigram_word.size());
  for (std::size_t bigram = 0; bigram < from.bigram_word.size(); ++bigram) {
    const std::array<WordId, 1> shorter = {from.bigram_word[bigram]};
    AppendLosses(
        from.trigram_probability, from.bigram_begin[bigram], from.bigram_begin[bigram + 1],
        full.bigram_count[bigram],
        [&](std::uint32_t i) { return LogProb(from, shorter, from.trigram_word[i]); },
        &trigram_losses);
  }
  std::vector<float> bigram_losses;
  bigram_losses.reserve(from.bigram_word.size());
  for (std::size_t word = 0; word + 1 < from.unigram_begin.size(); ++word) {
    AppendLosses(
        from.bigram_probability, from.unigram_begin[word], from.unigram_begin[word + 1],
        full.unigram_count[word],
        [&](std::uint32_t i) { return from.unigram_probability[from.bigram_word[i]]; },
        &bigram_losses);
  }
  const float trigram_threshold = Threshold(trigram_losses, max_trigrams);
  // A bigram with kept trigrams cannot go: it counts as costlier than any other.
  for (std::size_t bigram = 0; bigram < from.bigram_word.size(); ++bigram) {
    const auto begin = trigram_losses.begin() + from.bigram_begin[bigram];
    const auto end = trigram_losses.begin() + from.bigram_begin[bigram + 1];
    if (std::any_of(begin, end, [&](float loss) { return loss > trigram_threshold; })) {
      bigram_losses[bigram] = kAlways;
    }
  }
  const float bigram_threshold = Threshold(bigram_losses, max_bigrams);

  NgramTrie<float> to;
  to.unigram_probability = from.unigram_probability;
  to.unigram_backoff = from.unigram_backoff;
  to.unigram_begin.push_back(0);
  to.bigram_begin.push_back(0);
  for (std::size_t word = 0; word + 1 < from.unigram_begin.size(); ++word) {
    for (std::uint32_t i = from.unigram_begin[word]; i < from.unigram_begin[word + 1]; ++i) {
      if (bigram_losses[i] != kAlways && bigram_losses[i] <= bigram_threshold) continue;
      to.bigram_word.push_back(from.bigram_word[i]);
      to.bigram_probability.push_back(from.bigram_probability[i]);
      for (std::uint32_t j = from.bigram_begin[i]; j < from.bigram_begin[i + 1]; ++j) {
        if (trigram_losses[j] <= trigram_threshold) continue;
        to.trigram_word.push_back(from.trigram_word[j]);
        to.trigram_probability.push_back(from.trigram_probability[j]);
      }
      to.bigram_begin.push_back(static_cast<std::uint32_t>(to.trigram_word.size()));
    }
    to.unigram_begin.push_back(static_cast<std::uint32_t>(to.bigram_word.size()));
  }
  to.bigram_backoff.assign(to.bigram_word.size(), 0.0F);
  RecomputeUnigramBackoffs(&to);
  RecomputeBigramBackoffs(&to);
  return to;
}

}  // namespace vang
