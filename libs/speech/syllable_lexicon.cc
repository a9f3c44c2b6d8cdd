#include "libs/speech/syllable_lexicon.h"

namespace vang {

SyllableLexicon::SyllableLexicon(const TokenTable& tokens, const NgramModel* model)
    : column_(tokens.size(), 0) {
  std::vector<TokenId> onsets;
  std::vector<TokenId> rimes;
  for (TokenId id = 0; id < tokens.size(); ++id) {
    if (tokens.kind(id) == TokenKind::kOnset) {
      column_[id] = onsets.size();
      onsets.push_back(id);
    } else if (tokens.kind(id) == TokenKind::kRime) {
      column_[id] = rimes.size();
      rimes.push_back(id);
    }
  }
  rimes_ = rimes.size();
  words_.assign(onsets.size() * rimes.size(), Vocabulary::kUnknown);
  if (model == nullptr) return;
  std::string syllable;
  for (const TokenId onset : onsets) {
    for (const TokenId rime : rimes) {
      syllable = tokens.Spelling(onset);
      syllable += tokens.Spelling(rime);
      words_[column_[onset] * rimes_ + column_[rime]] = model->vocabulary().Find(syllable);
    }
  }
}

}  // namespace vang
