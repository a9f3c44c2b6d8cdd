// Which pair of units is which syllable of the language model: a dense table, so that the search
// asks with two indices and no strings.
#pragma once

#include <memory>
#include <vector>

#include "libs/speech/tokens.h"
#include "libs/vietnamese/ngram.h"

namespace vang {

class SyllableLexicon {
 public:
  // `model` may be null: then every pair is unknown.
  SyllableLexicon(const TokenTable& tokens, const NgramModel* model);

  // The word that `onset` and `rime` spell, or Vocabulary::kUnknown. Both must be of their kind.
  WordId Find(TokenId onset, TokenId rime) const {
    return words_[column_[onset] * rimes_ + column_[rime]];
  }

 private:
  std::vector<std::size_t> column_;  // Position of a unit among those of its kind.
  std::size_t rimes_ = 0;
  std::vector<WordId> words_;
};

}  // namespace vang
