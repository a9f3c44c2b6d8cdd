#include "libs/vietnamese/kneser_ney.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vang {
namespace {

// A word that is never predicted has this logarithm: finite, so that sums stay numbers.
constexpr float kNever = -100.0F;

using Key = std::uint64_t;

struct Counted {
  Key key;  // words of 16 bits each, the last one lowest
  std::uint32_t count;
};

Key MakeKey(WordId first, WordId second) { return Key{first} << 16 | second; }
Key MakeKey(WordId first, WordId second, WordId third) {
  return MakeKey(first, second) << 16 | third;
}
WordId Last(Key key) { return static_cast<WordId>(key & 0xFFFF); }

std::vector<Counted> SortAndCount(std::vector<Key> keys) {
  std::sort(keys.begin(), keys.end());
  std::vector<Counted> counted;
  for (const Key key : keys) {
    if (!counted.empty() && counted.back().key == key) {
      ++counted.back().count;
    } else {
      counted.push_back({key, 1});
    }
  }
  return counted;
}

// What modified Kneser-Ney takes off a count of 1, of 2, and of 3 or more.
class Discounts {
 public:
  template <typename Counts>
  explicit Discounts(const Counts& counts) {
    std::array<double, 5> n{};
    for (const std::uint32_t count : counts) {
      if (count >= 1 && count <= 4) n[count] += 1;
    }
    if (n[1] == 0 || n[2] == 0 || n[3] == 0 || n[4] == 0) return;  // Too little text to estimate.
    const double y = n[1] / (n[1] + 2 * n[2]);
    for (std::size_t c = 1; c <= 3; ++c) {
      const double wanted =
          static_cast<double>(c) - static_cast<double>(c + 1) * y * n[c + 1] / n[c];
      discount_[c] = std::clamp(wanted, 0.05, static_cast<double>(c) - 0.05);
    }
  }

  double operator()(std::uint32_t count) const { return discount_[std::min(count, 3U)]; }

 private:
  std::array<double, 4> discount_ = {0, 0.5, 0.75, 0.9};
};

std::vector<std::uint32_t> CountsOf(const std::vector<Counted>& counted) {
  std::vector<std::uint32_t> counts;
  counts.reserve(counted.size());
  for (const Counted& entry : counted) counts.push_back(entry.count);
  return counts;
}

float Log(double p) { return static_cast<float>(std::log(p)); }

struct RawCounts {
  std::vector<Counted> trigrams;  // as they stand in the text
  std::vector<Counted>
      sparse_bigrams;  // as they stand, for contexts that have no past of their own
};

RawCounts CountText(std::span<const WordId> stream, NgramEstimate* estimate) {
  std::vector<Key> trigrams;
  std::vector<Key> bigrams;
  trigrams.reserve(stream.size());
  WordId before = Vocabulary::kUnknown;
  WordId last = Vocabulary::kBegin;
  for (const WordId word : stream) {
    if (word != Vocabulary::kUnknown) {
      estimate->words += 1;
      estimate->unigram_count[last] += 1;
      // Nothing is before the beginning, and what is before a gap says nothing across it.
      if (last == Vocabulary::kBegin || last == Vocabulary::kUnknown) {
        bigrams.push_back(MakeKey(last, word));
      } else {
        trigrams.push_back(MakeKey(before, last, word));
      }
    }
    if (word == Vocabulary::kEnd) {
      before = Vocabulary::kUnknown;
      last = Vocabulary::kBegin;
    } else {
      before = last;
      last = word;
    }
  }
  return {SortAndCount(std::move(trigrams)), SortAndCount(std::move(bigrams))};
}

// Bigram counts: the number of different words before a pair, and plain counts where nothing can
// stand before.
std::vector<Counted> ContinuationBigrams(const RawCounts& raw) {
  std::vector<Key> keys;
  keys.reserve(raw.trigrams.size());
  for (const Counted& trigram : raw.trigrams) keys.push_back(trigram.key & 0xFFFFFFFF);
  std::vector<Counted> bigrams = SortAndCount(std::move(keys));
  bigrams.insert(bigrams.end(), raw.sparse_bigrams.begin(), raw.sparse_bigrams.end());
  std::sort(bigrams.begin(), bigrams.end(),
            [](const Counted& a, const Counted& b) { return a.key < b.key; });
  return bigrams;
}

void EstimateUnigrams(const std::vector<Counted>& bigrams, std::size_t vocabulary,
                      NgramTrie<float>* trie) {
  std::vector<std::uint32_t> counts(vocabulary, 0);
  for (const Counted& bigram : bigrams) ++counts[Last(bigram.key)];
  const Discounts discount(counts);
  double total = 0;
  double kept = 0;
  for (const std::uint32_t count : counts) {
    total += count;
    if (count > 0) kept += count - discount(count);
  }
  const double even =
      (total > 0 ? (total - kept) / total : 1.0) / static_cast<double>(vocabulary - 1);
  trie->unigram_probability.assign(vocabulary, kNever);
  for (WordId word = 0; word < vocabulary; ++word) {
    if (word == Vocabulary::kBegin) continue;
    const double own = counts[word] > 0 ? (counts[word] - discount(counts[word])) / total : 0;
    trie->unigram_probability[word] = Log(own + even);
  }
}

// Sums over runs of `entries` that share their context: calls f(first, last, total, left over).
template <typename F>
void ForEachContext(const std::vector<Counted>& entries, const Discounts& discount, F&& f) {
  for (std::size_t begin = 0; begin < entries.size();) {
    std::size_t end = begin;
    double total = 0;
    double kept = 0;
    for (; end < entries.size() && entries[end].key >> 16 == entries[begin].key >> 16; ++end) {
      total += entries[end].count;
      kept += entries[end].count - discount(entries[end].count);
    }
    f(begin, end, total, (total - kept) / total);
    begin = end;
  }
}

void EstimateBigrams(const std::vector<Counted>& bigrams, std::size_t vocabulary,
                     NgramTrie<float>* trie) {
  const Discounts discount(CountsOf(bigrams));
  trie->unigram_backoff.assign(vocabulary, 0.0F);
  trie->unigram_begin.assign(vocabulary + 1, 0);
  ForEachContext(
      bigrams, discount, [&](std::size_t begin, std::size_t end, double total, double left) {
        const auto context = static_cast<WordId>(bigrams[begin].key >> 16);
        trie->unigram_backoff[context] = Log(left);
        trie->unigram_begin[context + 1] = static_cast<std::uint32_t>(end - begin);
        for (std::size_t i = begin; i < end; ++i) {
          const WordId word = Last(bigrams[i].key);
          const double lower = std::exp(static_cast<double>(trie->unigram_probability[word]));
          trie->bigram_word.push_back(static_cast<std::uint16_t>(word));
          trie->bigram_probability.push_back(
              Log((bigrams[i].count - discount(bigrams[i].count)) / total + left * lower));
        }
      });
  for (std::size_t i = 1; i <= vocabulary; ++i) {
    trie->unigram_begin[i] += trie->unigram_begin[i - 1];
  }
}

void EstimateTrigrams(const std::vector<Counted>& trigrams, NgramEstimate* estimate) {
  NgramTrie<float>* trie = &estimate->trie;
  const Discounts discount(CountsOf(trigrams));
  const std::size_t bigrams = trie->bigram_word.size();
  trie->bigram_backoff.assign(bigrams, 0.0F);
  trie->bigram_begin.assign(bigrams + 1, 0);
  estimate->bigram_count.assign(bigrams, 0.0);
  ForEachContext(
      trigrams, discount, [&](std::size_t begin, std::size_t end, double total, double left) {
        const Key context = trigrams[begin].key >> 16;
        const auto middle = static_cast<WordId>(context & 0xFFFF);
        const std::uint32_t at = trie->FindBigram(static_cast<WordId>(context >> 16), middle);
        trie->bigram_backoff[at] = Log(left);
        trie->bigram_begin[at + 1] = static_cast<std::uint32_t>(end - begin);
        estimate->bigram_count[at] = total;
        for (std::size_t i = begin; i < end; ++i) {
          const WordId word = Last(trigrams[i].key);
          const double lower = std::exp(
              static_cast<double>(trie->bigram_probability[trie->FindBigram(middle, word)]));
          trie->trigram_word.push_back(static_cast<std::uint16_t>(word));
          trie->trigram_probability.push_back(
              Log((trigrams[i].count - discount(trigrams[i].count)) / total + left * lower));
        }
      });
  for (std::size_t i = 1; i <= bigrams; ++i) trie->bigram_begin[i] += trie->bigram_begin[i - 1];
}

}  // namespace

NgramEstimate EstimateKneserNey(std::span<const WordId> stream, std::size_t vocabulary) {
  NgramEstimate estimate;
  estimate.unigram_count.assign(vocabulary, 0.0);
  const RawCounts raw = CountText(stream, &estimate);
  const std::vector<Counted> bigrams = ContinuationBigrams(raw);
  EstimateUnigrams(bigrams, vocabulary, &estimate.trie);
  EstimateBigrams(bigrams, vocabulary, &estimate.trie);
  EstimateTrigrams(raw.trigrams, &estimate);
  return estimate;
}

}  // namespace vang
