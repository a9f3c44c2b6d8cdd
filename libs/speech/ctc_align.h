// Where in time each unit of a known sequence was said: the most likely CTC path through it
// (Graves et al., "Connectionist Temporal Classification", 2006, Viterbi instead of the sum).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/speech/tokens.h"

namespace vang {

// Natural-log probabilities of a network, one row of `units` values per frame. A view: the values
// must outlive it. values.size() must be frames() * units.
struct LogProbs {
  std::span<const float> values;
  std::size_t units = 0;

  std::size_t frames() const { return units == 0 ? 0 : values.size() / units; }
  std::span<const float> frame(std::size_t t) const { return values.subspan(t * units, units); }
};

// Frames [begin, end) in which `token` is the unit on the path.
struct TokenSpan {
  TokenId token = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const TokenSpan&, const TokenSpan&) = default;
};

// One span per token, in order, not overlapping and never empty. Empty when the sequence does not
// fit into the frames (fewer frames than tokens, with one more for each repeated neighbour).
// Tokens must be < units and not blank. Costs frames * tokens steps and as many bytes, twice.
std::vector<TokenSpan> AlignCtc(const LogProbs& log_probs, std::span<const TokenId> tokens);

// The units of the single most likely path: the best unit of each frame, repeats joined, blanks
// dropped.
std::vector<TokenSpan> GreedyCtc(const LogProbs& log_probs);

}  // namespace vang
