// The search of ctc_decoder.cc: one object decodes one piece of sound.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "libs/speech/ctc_align.h"
#include "libs/speech/ctc_decoder.h"
#include "libs/speech/syllable_lexicon.h"

namespace vang {

// The two last words, oldest first; kUnknown before the beginning of what is known.
using WordContext = std::array<WordId, 2>;

// What the language model and the bonus add for `word` after `context`, in nats. `model` may be
// null.
float SyllableScore(const NgramModel* model, const CtcDecoderOptions& options,
                    const WordContext& context, WordId word);

// The context at the beginning of a sentence.
inline constexpr WordContext kSentenceStart = {Vocabulary::kUnknown, Vocabulary::kBegin};

// Not thread-safe. Memory grows with frames * beam * tokens_per_frame (about 40 bytes each).
class CtcBeam {
 public:
  // All must outlive the object.
  CtcBeam(const TokenTable& tokens, const SyllableLexicon& lexicon, const NgramModel* model,
          const CtcDecoderOptions& options);

  void Step(std::span<const float> log_probs);

  // The best sequence of units so far whose last syllable is whole.
  std::vector<TokenId> Best() const;

 private:
  using NodeId = std::uint32_t;
  static constexpr NodeId kRoot = 0;
  static constexpr NodeId kNone = 0xFFFFFFFF;

  // A sequence of units, as the last of them and the sequence before it.
  struct Node {
    NodeId parent = kNone;
    TokenId token = TokenTable::kBlank;
    NodeId first_child = kNone;
    NodeId next_sibling = kNone;
    WordContext context = kSentenceStart;
    float text_score = 0;  // language model and bonuses
    // Log probabilities of the frames so far, ending in a blank or in `token`, and the frame (from
    // 1) that they are of.
    float blank = 0;
    float token_end = 0;
    std::uint32_t frame = 0;
  };

  struct Hypothesis {
    NodeId node;
    float blank;
    float token_end;
    float score;  // sound and text
  };

  void SelectTokens(std::span<const float> log_probs);
  bool MayFollow(const Node& node, TokenId token) const;
  NodeId Child(NodeId parent, TokenId token);
  // The node, made to hold nothing if this frame has not touched it yet.
  Node& Touch(NodeId node);
  void Prune();

  const TokenTable& tokens_;
  const SyllableLexicon& lexicon_;
  const NgramModel* model_;
  const CtcDecoderOptions& options_;
  std::uint32_t frame_ = 0;
  std::vector<Node> nodes_;
  std::vector<Hypothesis> beam_;
  std::vector<NodeId> touched_;
  std::vector<TokenId> selected_;
};

}  // namespace vang
