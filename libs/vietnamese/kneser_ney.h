// One corpus, smoothed: a step of ngram_builder.cc, apart from it so that it can be tested and read
// alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/vietnamese/ngram_trie.h"

namespace vang {

// A trie of natural logarithms and how often each context was seen in the text.
struct NgramEstimate {
  NgramTrie<float> trie;
  std::vector<double> unigram_count;  // times the word was followed by another
  std::vector<double> bigram_count;   // times the pair was followed by another
  double words = 0;                   // predicted words in the text
};

// Interpolated modified Kneser-Ney over `stream`: word ids below `vocabulary`, each sentence closed
// by kEnd; kUnknown is context and is not predicted, and shares what is left over by the unigram
// discount evenly with every word that may be predicted.
NgramEstimate EstimateKneserNey(std::span<const WordId> stream, std::size_t vocabulary);

}  // namespace vang
