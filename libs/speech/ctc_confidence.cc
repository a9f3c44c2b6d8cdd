#include "libs/speech/ctc_confidence.h"

#include <algorithm>
#include <cmath>

namespace vang {
namespace {

constexpr std::size_t kOnsetRivals = 4;
constexpr std::size_t kRimeRivals = 6;

struct Rival {
  TokenId token;
  float log_prob;  // its best in the window
};

// The likeliest units of one kind in frames [begin, end), `chosen` always among them.
std::vector<Rival> Rivals(const LogProbs& log_probs, const TokenTable& tokens, TokenKind kind,
                          TokenId chosen, std::uint32_t begin, std::uint32_t end,
                          std::size_t count) {
  std::vector<Rival> rivals;
  for (TokenId token = 0; token < tokens.size(); ++token) {
    if (tokens.kind(token) != kind) continue;
    float best = log_probs.frame(begin)[token];
    for (std::uint32_t t = begin + 1; t < end; ++t) {
      best = std::max(best, log_probs.frame(t)[token]);
    }
    rivals.push_back({token, best});
  }
  const auto better = [chosen](const Rival& a, const Rival& b) {
    if ((a.token == chosen) != (b.token == chosen)) return a.token == chosen;
    return a.log_prob > b.log_prob;
  };
  count = std::min(count, rivals.size());
  std::partial_sort(rivals.begin(), rivals.begin() + static_cast<std::ptrdiff_t>(count),
                    rivals.end(), better);
  rivals.resize(count);
  return rivals;
}

// The blank where the unit is strongest: what it would cost to hear nothing there.
float BlankInstead(const LogProbs& log_probs, const TokenSpan& span) {
  float best = log_probs.frame(span.begin)[span.token];
  float blank = log_probs.frame(span.begin)[TokenTable::kBlank];
  for (std::uint32_t t = span.begin + 1; t < span.end; ++t) {
    if (log_probs.frame(t)[span.token] <= best) continue;
    best = log_probs.frame(t)[span.token];
    blank = log_probs.frame(t)[TokenTable::kBlank];
  }
  return blank;
}

}  // namespace

double MeanProbability(const LogProbs& log_probs, const TokenSpan& span) {
  double sum = 0;
  for (std::uint32_t t = span.begin; t < span.end; ++t) {
    sum += std::exp(static_cast<double>(log_probs.frame(t)[span.token]));
  }
  return span.end > span.begin ? std::clamp(sum / (span.end - span.begin), 0.0, 1.0) : 0.0;
}

std::vector<double> SyllableConfidences(const LogProbs& log_probs, const TokenTable& tokens,
                                        const SyllableLexicon& lexicon, const NgramModel* model,
                                        const CtcDecoderOptions& options,
                                        std::span<const SyllableSpan> syllables) {
  std::vector<double> confidences;
  WordContext context = kSentenceStart;
  for (std::size_t i = 0; i < syllables.size(); ++i) {
    const SyllableSpan& own = syllables[i];
    // The frames that are this syllable's or nobody's.
    const std::uint32_t begin = i == 0 ? 0 : syllables[i - 1].rime.end;
    const std::uint32_t end = i + 1 == syllables.size()
                                  ? static_cast<std::uint32_t>(log_probs.frames())
                                  : syllables[i + 1].onset.begin;
    const auto following = [&](const WordContext& before) {
      return i + 1 == syllables.size()
                 ? 0.0F
                 : SyllableScore(model, options, before, syllables[i + 1].word);
    };
    const float nothing =
        BlankInstead(log_probs, own.onset) + BlankInstead(log_probs, own.rime) + following(context);
    std::vector<float> scores = {};
    for (const Rival& onset : Rivals(log_probs, tokens, TokenKind::kOnset, own.onset.token, begin,
                                     own.rime.begin, kOnsetRivals)) {
      for (const Rival& rime : Rivals(log_probs, tokens, TokenKind::kRime, own.rime.token,
                                      own.onset.end, end, kRimeRivals)) {
        const WordId word = lexicon.Find(onset.token, rime.token);
        scores.push_back(onset.log_prob + rime.log_prob +
                         SyllableScore(model, options, context, word) +
                         following({context[1], word}));
      }
    }
    // The first is the syllable itself: each list of rivals begins with the chosen unit.
    const auto weight = [&](float score) {
      return std::exp(static_cast<double>(options.confidence_scale * (score - scores.front())));
    };
    double total = weight(nothing);
    for (const float score : scores) total += weight(score);
    confidences.push_back(1.0 / total);
    context = {context[1], own.word};
  }
  return confidences;
}

}  // namespace vang
