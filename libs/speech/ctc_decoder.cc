#include "libs/speech/ctc_decoder.h"

#include <algorithm>
#include <cmath>

#include "libs/speech/ctc_beam.h"
#include "libs/speech/ctc_confidence.h"
#include "libs/speech/syllable_lexicon.h"

namespace vang {
namespace {

// Pairs units into syllables. In a beam result they pair without rest.
std::vector<SyllableSpan> Pair(const TokenTable& tokens, std::span<const TokenSpan> spans) {
  std::vector<SyllableSpan> syllables;
  TokenSpan onset;
  for (const TokenSpan& span : spans) {
    switch (tokens.kind(span.token)) {
      case TokenKind::kOnset:
        onset = span;
        break;
      case TokenKind::kRime:
        syllables.push_back({onset, span, Vocabulary::kUnknown});
        onset = {};
        break;
      default:
        onset = {};
    }
  }
  return syllables;
}

class BeamCtcDecoder final : public CtcDecoder {
 public:
  BeamCtcDecoder(TokenTable tokens, std::shared_ptr<const NgramModel> model,
                 const CtcDecoderOptions& options)
      : tokens_(std::move(tokens)),
        model_(std::move(model)),
        lexicon_(tokens_, model_.get()),
        options_(options) {}

  const TokenTable& tokens() const override { return tokens_; }

  Result<CtcText> Decode(const LogProbs& log_probs) const override {
    VANG_RETURN_IF_ERROR(Check(log_probs));
    CtcBeam beam(tokens_, lexicon_, model_.get(), options_);
    for (std::size_t t = 0; t < log_probs.frames(); ++t) beam.Step(log_probs.frame(t));
    std::vector<SyllableSpan> syllables = Pair(tokens_, AlignCtc(log_probs, beam.Best()));
    for (SyllableSpan& syllable : syllables) {
      syllable.word = lexicon_.Find(syllable.onset.token, syllable.rime.token);
    }
    return MakeText(
        log_probs, syllables,
        SyllableConfidences(log_probs, tokens_, lexicon_, model_.get(), options_, syllables));
  }

  Result<CtcText> DecodeGreedy(const LogProbs& log_probs) const override {
    VANG_RETURN_IF_ERROR(Check(log_probs));
    const std::vector<SyllableSpan> syllables = Pair(tokens_, GreedyCtc(log_probs));
    std::vector<double> confidences;
    for (const SyllableSpan& syllable : syllables) {
      const bool whole = syllable.onset.end > 0;
      confidences.push_back(MeanProbability(log_probs, syllable.rime) *
                            (whole ? MeanProbability(log_probs, syllable.onset) : 1.0));
    }
    return MakeText(log_probs, syllables, confidences);
  }

 private:
  Status Check(const LogProbs& log_probs) const {
    if (log_probs.units != tokens_.size() || log_probs.values.size() % log_probs.units != 0) {
      return InvalidArgument("the network gives " + std::to_string(log_probs.units) +
                             " units a frame, tokens.txt lists " + std::to_string(tokens_.size()));
    }
    // Not above zero by more than rounding: also false for not-a-number.
    if (!std::all_of(log_probs.values.begin(), log_probs.values.end(),
                     [](float v) { return v < 1.0F; })) {
      return InvalidArgument("the network's output is not log probabilities");
    }
    return {};
  }

  CtcText MakeText(const LogProbs& log_probs, std::span<const SyllableSpan> syllables,
                   const std::vector<double>& confidences) const {
    CtcText text;
    const auto begin_of = [](const SyllableSpan& syllable) {
      return syllable.onset.end > 0 ? syllable.onset.begin : syllable.rime.begin;
    };
    for (std::size_t i = 0; i < syllables.size(); ++i) {
      const SyllableSpan& syllable = syllables[i];
      const std::size_t next_frame =
          i + 1 < syllables.size() ? begin_of(syllables[i + 1]) : log_probs.frames();
      Word word;
      word.start = begin_of(syllable) * kSecondsPerFrame;
      word.end = std::min(syllable.rime.end * kSecondsPerFrame + CtcText::kTail,
                          static_cast<double>(next_frame) * kSecondsPerFrame);
      word.confidence = confidences[i];
      word.first_token = static_cast<std::uint32_t>(text.tokens.size());
      if (syllable.onset.end > 0) {
        word.text = tokens_.Spelling(syllable.onset.token);
        text.tokens.push_back({tokens_.symbol(syllable.onset.token), word.start,
                               syllable.rime.begin * kSecondsPerFrame,
                               MeanProbability(log_probs, syllable.onset)});
      }
      word.text += tokens_.Spelling(syllable.rime.token);
      text.tokens.push_back({tokens_.symbol(syllable.rime.token),
                             syllable.rime.begin * kSecondsPerFrame, word.end,
                             MeanProbability(log_probs, syllable.rime)});
      word.token_count = static_cast<std::uint32_t>(text.tokens.size()) - word.first_token;
      text.words.push_back(std::move(word));
    }
    return text;
  }

  const TokenTable tokens_;
  const std::shared_ptr<const NgramModel> model_;
  const SyllableLexicon lexicon_;
  const CtcDecoderOptions options_;
};

}  // namespace

Result<std::shared_ptr<const CtcDecoder>> CtcDecoder::Create(
    TokenTable tokens, std::shared_ptr<const NgramModel> language_model,
    const CtcDecoderOptions& options) {
  VANG_RETURN_IF_ERROR(Check(options));
  return std::shared_ptr<const CtcDecoder>(
      std::make_shared<BeamCtcDecoder>(std::move(tokens), std::move(language_model), options));
}

}  // namespace vang
