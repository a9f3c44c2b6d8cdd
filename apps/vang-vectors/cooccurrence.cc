#include "apps/vang-vectors/cooccurrence.h"

#include <algorithm>
#include <cmath>

namespace vang {
namespace {

constexpr std::uint32_t kBreak = UnitCorpus::kBreak;
constexpr int kWeightBits = 4;

// Calls f(unit, neighbour, weight) for every pair within the window, in both directions.
template <typename F>
void ForEachPair(const std::vector<std::uint32_t>& text, int window, F&& f) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kBreak) continue;
    for (int distance = 1; distance <= window; ++distance) {
      const std::size_t j = i + static_cast<std::size_t>(distance);
      if (j >= text.size() || text[j] == kBreak) break;
      const auto weight = static_cast<std::uint32_t>(window - distance + 1);
      f(text[i], text[j], weight);
      f(text[j], text[i], weight);
    }
  }
}

}  // namespace

SparseMatrix PositiveMutualInformation(const UnitCorpus& corpus,
                                       const CooccurrenceOptions& options) {
  const std::size_t size = corpus.units.size();
  const int window = std::clamp(options.window, 1, (1 << kWeightBits) - 1);
  std::vector<double> sums(size);
  ForEachPair(corpus.text, window,
              [&](std::uint32_t row, std::uint32_t, std::uint32_t weight) { sums[row] += weight; });
  double all = 0;
  double all_contexts = 0;
  std::vector<double> contexts(size);
  for (std::size_t i = 0; i < size; ++i) {
    contexts[i] = std::pow(sums[i], options.context_power);
    all += sums[i];
    all_contexts += contexts[i];
  }

  SparseMatrix matrix;
  matrix.starts.push_back(0);
  // Rows in shards of about one sixteenth of the weight, so that the pairs of a shard fit in memory
  // and are summed by sorting.
  std::vector<std::uint64_t> pairs;  // row, column, weight
  for (std::size_t begin = 0; begin < size;) {
    std::size_t end = begin;
    for (double weight = 0; end < size && (end == begin || weight < all / 16); ++end) {
      weight += sums[end];
    }
    pairs.clear();
    ForEachPair(
        corpus.text, window, [&](std::uint32_t row, std::uint32_t column, std::uint32_t weight) {
          if (row < begin || row >= end) return;
          pairs.push_back(std::uint64_t{row} << 34 | std::uint64_t{column} << kWeightBits | weight);
        });
    std::sort(pairs.begin(), pairs.end());
    std::size_t at = 0;
    for (std::size_t row = begin; row < end; ++row) {
      while (at < pairs.size() && pairs[at] >> 34 == row) {
        const std::uint64_t key = pairs[at] >> kWeightBits;
        std::uint64_t weight = 0;
        for (; at < pairs.size() && pairs[at] >> kWeightBits == key; ++at) {
          weight += pairs[at] & ((1 << kWeightBits) - 1);
        }
        if (weight < options.min_weight) continue;
        const auto column = static_cast<std::uint32_t>(key & ((1U << 30) - 1));
        const double information =
            std::log(static_cast<double>(weight) * all_contexts / (sums[row] * contexts[column]));
        if (information <= 0) continue;
        matrix.columns.push_back(column);
        matrix.values.push_back(static_cast<float>(information));
      }
      matrix.starts.push_back(matrix.columns.size());
    }
    begin = end;
  }
  return matrix;
}

}  // namespace vang
