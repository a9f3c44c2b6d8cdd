// How the CTC decoder searches, and where a model says so.
#pragma once

#include <string_view>

#include "libs/base/status.h"

namespace vang {

struct CtcDecoderOptions {
  // Prefixes kept after each frame.
  int beam = 12;
  // Units tried in each frame: at most this many, and only those whose log probability is within
  // the margin of the frame's best one.
  int tokens_per_frame = 10;
  float token_margin = 6.5F;
  // Prefixes worse than the best by more than this (in nats) are dropped.
  float beam_margin = 14.0F;

  // The score of a text is log P(sound) + lm_weight * log P(text) + syllable_bonus * syllables.
  float lm_weight = 0.5F;
  float syllable_bonus = 2.0F;
  // What log P(syllable | context) counts for one that the language model does not hold, and for
  // <unk>: low enough that such a one is written only when the sound leaves no doubt.
  float unknown_log_prob = -18.0F;
  // How much log P(end of sentence) counts, times lm_weight; 0 when pieces are cut anywhere.
  float end_weight = 0.0F;

  // Scales the differences of scores that a confidence is made of; below 1 it is more cautious.
  // Frames are not independent of each other, nor is the language model of the sound, so the plain
  // share (1) is surer than it may be.
  float confidence_scale = 0.7F;
};

// kInvalidArgument when a member is out of the range in which the decoder works.
Status Check(const CtcDecoderOptions& options);

// The defaults, overridden by the members of the object `decoder` of a model's model.json (may be
// missing). Hostile input: kInvalidArgument, with the place, for anything else than such a document
// of at most 1 MiB, or for values that Check refuses.
Result<CtcDecoderOptions> ParseCtcDecoderOptions(std::string_view model_json);

}  // namespace vang
