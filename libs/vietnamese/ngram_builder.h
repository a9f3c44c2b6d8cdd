// Makes the n-gram model of ngram.h from text. Each corpus is smoothed by itself with interpolated
// modified Kneser-Ney (Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language
// Modeling", 1998); the corpora are then mixed linearly into one back-off model, with weights that
// make a tuning text most likely (expectation maximisation), so that a little spoken text is not
// drowned by much written text; last, the n-grams whose loss matters least are dropped (relative
// entropy, Stolcke, "Entropy-based Pruning of Backoff Language Models", 1998) until the sizes fit.
// The same input gives the same bytes. Memory: about 40 bytes per running word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/base/status.h"
#include "libs/vietnamese/ngram.h"

namespace vang {

struct NgramBuildOptions {
  // Words seen less often in all corpora together count as unknown.
  std::size_t min_word_count = 2;
  // The n-grams that matter most are kept, this many at most. Bigrams that lead to a kept trigram
  // always stay.
  std::size_t max_bigrams = 700'000;
  std::size_t max_trigrams = 2'000'000;
  // How much each corpus weighs; they are scaled to sum to 1. Empty: found with the tuning text.
  // (Found once with text kept apart, they serve to build again with that text added.)
  std::vector<double> weights;
};

struct NgramBuild {
  std::string bytes;            // SerializeNgramModel
  std::vector<double> weights;  // of the corpora, in order; they sum to 1
};

// Not thread-safe.
class NgramBuilder {
 public:
  using Sentence = std::span<const std::string_view>;

  // Begins a corpus; sentences go to the latest one.
  void BeginCorpus();

  // Counts one sentence. An empty word marks a gap: something that is not a word of the language
  // stood there. The gap is context (as the unknown word) but is never predicted.
  void AddSentence(Sentence words);

  // The corpora are weighted so that these sentences become most likely. Without any, each corpus
  // weighs as much as it has words.
  void AddTuningSentence(Sentence words);

  // kFailedPrecondition when there is no text at all, kInvalidArgument when the vocabulary would
  // not fit (raise min_word_count) or the options' weights are not one per corpus.
  Result<NgramBuild> Build(const NgramBuildOptions& options) const;

 private:
  // Interned words with kEnd after each sentence; 0 is a gap.
  using Stream = std::vector<std::uint32_t>;

  std::uint32_t Intern(std::string_view word);
  void AddTo(Sentence words, Stream* stream);

  std::vector<std::string> words_ = {"<unk>", "<s>", "</s>"};
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::vector<Stream> corpora_;
  Stream tuning_;
};

struct Perplexity {
  double value = 0;         // per predicted word, sentence ends included, unknown words left out
  std::size_t words = 0;    // predicted
  std::size_t unknown = 0;  // words the model does not hold
};

// How well `model` predicts `sentences` (words; an empty word is a gap).
Perplexity MeasurePerplexity(const NgramModel& model,
                             const std::vector<std::vector<std::string>>& sentences);

}  // namespace vang
