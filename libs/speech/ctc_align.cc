#include "libs/speech/ctc_align.h"

#include <algorithm>
#include <limits>

namespace vang {

std::vector<TokenSpan> AlignCtc(const LogProbs& log_probs, std::span<const TokenId> tokens) {
  constexpr float kImpossible = -std::numeric_limits<float>::infinity();
  const std::size_t frames = log_probs.frames();
  if (tokens.empty() || frames < tokens.size()) return {};

  // State 2i is the blank before token i, state 2i + 1 is token i.
  const std::size_t states = 2 * tokens.size() + 1;
  const auto token_of = [&](std::size_t state) {
    return state % 2 == 1 ? tokens[state / 2] : TokenTable::kBlank;
  };
  std::vector<float> score(states, kImpossible);
  std::vector<float> next(states);
  std::vector<std::uint8_t> steps(frames * states, 0);  // How many states back the path came from.
  score[0] = log_probs.frame(0)[TokenTable::kBlank];
  score[1] = log_probs.frame(0)[tokens[0]];
  for (std::size_t t = 1; t < frames; ++t) {
    const std::span<const float> row = log_probs.frame(t);
    for (std::size_t state = 0; state < states; ++state) {
      float best = score[state];
      std::uint8_t step = 0;
      if (state >= 1 && score[state - 1] > best) {
        best = score[state - 1];
        step = 1;
      }
      // A blank may be skipped unless it parts two equal units.
      const bool may_skip = state % 2 == 1 && state >= 3 && token_of(state) != token_of(state - 2);
      if (may_skip && score[state - 2] > best) {
        best = score[state - 2];
        step = 2;
      }
      next[state] = best + row[token_of(state)];
      steps[t * states + state] = step;
    }
    score.swap(next);
  }

  std::size_t state = score[states - 1] >= score[states - 2] ? states - 1 : states - 2;
  if (score[state] == kImpossible) return {};
  std::vector<TokenSpan> spans(tokens.size());
  for (std::size_t t = frames; t-- > 0;) {
    if (state % 2 == 1) {
      TokenSpan& span = spans[state / 2];
      span.token = tokens[state / 2];
      span.begin = static_cast<std::uint32_t>(t);
      if (span.end == 0) span.end = static_cast<std::uint32_t>(t + 1);
    }
    state -= steps[t * states + state];
  }
  return spans;
}

std::vector<TokenSpan> GreedyCtc(const LogProbs& log_probs) {
  std::vector<TokenSpan> spans;
  TokenId last = TokenTable::kBlank;
  for (std::size_t t = 0; t < log_probs.frames(); ++t) {
    const std::span<const float> row = log_probs.frame(t);
    const auto best = static_cast<TokenId>(std::max_element(row.begin(), row.end()) - row.begin());
    const auto begin = static_cast<std::uint32_t>(t);
    if (best != TokenTable::kBlank) {
      if (best == last) {
        spans.back().end = begin + 1;
      } else {
        spans.push_back({best, begin, begin + 1});
      }
    }
    last = best;
  }
  return spans;
}

}  // namespace vang
