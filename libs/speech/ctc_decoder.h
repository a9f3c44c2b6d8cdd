// Frames of unit probabilities into timed syllables: CTC prefix beam search (Hannun et al.,
// "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs",
// 2014) that only follows onset-rime pairs, joined with a syllable n-gram. The times come from an
// alignment of the winner, not from the search.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "libs/base/status.h"
#include "libs/common/transcript.h"
#include "libs/speech/ctc_align.h"
#include "libs/speech/ctc_decoder_options.h"
#include "libs/speech/tokens.h"
#include "libs/vietnamese/ngram.h"

namespace vang {

// One output frame stands for this much sound.
inline constexpr double kSecondsPerFrame = 0.04;

// What one piece of sound says; seconds from its first frame. A word is a syllable, in lower case,
// NFC; its two units are tokens (onset, rime). `<unk>` units give neither.
//
// A word starts with the first frame of its onset. It ends where the next one starts, or, before a
// pause, kTail after the last frame of its rime: a CTC network marks where a sound is certain, not
// how long it lasts.
//
// Confidence: of a token, its mean probability over its frames. Of a word, the share it holds among
// the syllables that the same frames could have been (the likeliest onsets and rimes there, weighed
// by sound and language model in their context as the search weighs them, and also nothing at all),
// in [0, 1].
struct CtcText {
  static constexpr double kTail = 0.16;

  std::vector<Token> tokens;
  std::vector<Word> words;
};

// Immutable; safe for use from many threads.
class CtcDecoder {
 public:
  // `language_model` may be null: every onset-rime pair is then as good as any other. One that is
  // given also says which pairs are syllables. kInvalidArgument for options out of range.
  static Result<std::shared_ptr<const CtcDecoder>> Create(
      TokenTable tokens, std::shared_ptr<const NgramModel> language_model,
      const CtcDecoderOptions& options);

  virtual ~CtcDecoder() = default;

  // kInvalidArgument when the rows are not tokens().size() wide or hold not-a-number.
  virtual Result<CtcText> Decode(const LogProbs& log_probs) const = 0;

  // The best unit of each frame, paired as far as they pair: an onset without a rime is dropped, a
  // rime without an onset stands alone. A word's confidence is then that of its tokens, multiplied.
  virtual Result<CtcText> DecodeGreedy(const LogProbs& log_probs) const = 0;

  virtual const TokenTable& tokens() const = 0;
};

}  // namespace vang
