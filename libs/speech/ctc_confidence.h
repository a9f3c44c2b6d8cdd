// How sure a decoded syllable is: a step of ctc_decoder.cc. The definition is in ctc_decoder.h.
#pragma once

#include <span>
#include <vector>

#include "libs/speech/ctc_align.h"
#include "libs/speech/ctc_beam.h"

namespace vang {

// A decoded syllable; a missing onset (greedy decoding) has an empty span.
struct SyllableSpan {
  TokenSpan onset;
  TokenSpan rime;
  WordId word = Vocabulary::kUnknown;
};

// Mean probability of a unit over its frames, in [0, 1].
double MeanProbability(const LogProbs& log_probs, const TokenSpan& span);

// One value in [0, 1] per syllable. Every syllable must have both units. `model` may be null.
std::vector<double> SyllableConfidences(const LogProbs& log_probs, const TokenTable& tokens,
                                        const SyllableLexicon& lexicon, const NgramModel* model,
                                        const CtcDecoderOptions& options,
                                        std::span<const SyllableSpan> syllables);

}  // namespace vang
