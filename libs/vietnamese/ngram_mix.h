// Several smoothed corpora into one back-off model, and a large model into a small one: steps of
// ngram_builder.cc.
#pragma once

#include <span>
#include <vector>

#include "libs/vietnamese/kneser_ney.h"

namespace vang {

// The weights, summing to 1, that make `tuning` (a stream as EstimateKneserNey takes) most likely
// under the linear mix of `parts`. Without tuning text, each part weighs as much as it has words.
std::vector<double> TuneMixture(const std::vector<NgramEstimate>& parts,
                                std::span<const WordId> tuning);

// A back-off model that holds every n-gram of every part with its mixed probability; counts are
// mixed too, as shares of all text. `parts` must not be empty and share one vocabulary.
NgramEstimate MixEstimates(const std::vector<NgramEstimate>& parts,
                           const std::vector<double>& weights);

// Keeps the n-grams whose loss would cost the most in relative entropy, and computes the back-off
// weights again so that each context sums to one.
NgramTrie<float> PruneEstimate(const NgramEstimate& full, std::size_t max_bigrams,
                               std::size_t max_trigrams);

}  // namespace vang
