// A syllable language model that is read and never written: a trigram with back-off over lower-case
// NFC syllables. Speech decoding, diacritics and spelling all ask this one store. The shipped form
// is one file of sorted arrays with 8-bit probabilities (about 3 bytes a trigram, 8 a bigram).
// libs/vietnamese/ngram_builder.h makes one; how it smooths is described there.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/status.h"
#include "libs/vietnamese/ngram_trie.h"
#include "libs/vietnamese/vocabulary.h"

namespace vang {

// Immutable; safe for use from many threads.
class NgramModel {
 public:
  using Codebook = std::array<float, 256>;

  // Reads `path` at once. kDataLoss when the file is not one that SerializeNgramModel wrote, byte
  // for byte (it carries a SHA-256); otherwise the error of reading.
  static Result<std::shared_ptr<const NgramModel>> Load(const std::filesystem::path& path);

  // The same from memory. Every count, order and id is checked, checksum or not, so no query on an
  // accepted model can leave its arrays.
  static Result<std::shared_ptr<const NgramModel>> Parse(std::string_view bytes);

  const Vocabulary& vocabulary() const { return vocabulary_; }

  // Words of context that can matter, plus one.
  static constexpr int kOrder = 3;

  // Natural logarithm of P(word | context). `context` is oldest first; words before the last two
  // make no difference. Begin it with Vocabulary::kBegin at the start of a sentence; an empty one
  // means that nothing is known of what came before. All ids must be below vocabulary().size().
  // kBegin is never predicted. About a tenth of a microsecond when the arrays are in cache.
  float LogProb(std::span<const WordId> context, WordId word) const;

  std::size_t bigrams() const { return trie_.bigram_word.size(); }
  std::size_t trigrams() const { return trie_.trigram_word.size(); }

 private:
  explicit NgramModel(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}

  Vocabulary vocabulary_;
  NgramTrie<std::uint8_t> trie_;
  std::array<Codebook, kNgramValueKinds> codebooks_{};
};

// The file form of a trie of natural logarithms, quantised. The trie must be well formed: sizes
// agree with each other and with the vocabulary, and words rise within each range.
std::string SerializeNgramModel(const Vocabulary& vocabulary, const NgramTrie<float>& trie);

}  // namespace vang
