#include "libs/speech/ctc_decoder.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "libs/base/status_matchers.h"
#include "libs/vietnamese/ngram_builder.h"

namespace vang {
namespace {

// <blk> <unk>, onsets b n and none, rimes à a an.
constexpr TokenId kB = 2;
constexpr TokenId kN = 3;
constexpr TokenId kNoOnset = 4;
constexpr TokenId kAf = 5;
constexpr TokenId kA = 6;
constexpr TokenId kAn = 7;
constexpr std::size_t kUnits = 8;

TokenTable Tokens() {
  return ParseTokens("<blk> 0\n<unk> 1\n▁b 2\n▁n 3\n▁ 4\nà 5\na 6\nan 7\n").value();
}

// Sentences with bà, an, na, ban; "nà" and "ba" are no words.
std::shared_ptr<const NgramModel> Model() {
  NgramBuilder builder;
  using Words = std::vector<std::string_view>;
  for (int i = 0; i < 20; ++i) {
    builder.AddSentence(Words{"bà", "an"});
    builder.AddSentence(Words{"na", "ban"});
  }
  return NgramModel::Parse(builder.Build({}).value().bytes).value();
}

CtcDecoderOptions SoundOnly() {
  CtcDecoderOptions options;
  options.lm_weight = 0;
  options.syllable_bonus = 0;
  options.confidence_scale = 1;
  return options;
}

std::shared_ptr<const CtcDecoder> Decoder(const CtcDecoderOptions& options,
                                          std::shared_ptr<const NgramModel> model = nullptr) {
  return CtcDecoder::Create(Tokens(), std::move(model), options).value();
}

// A row whose units have the given probabilities; the rest is shared.
void AddFrame(const std::map<TokenId, double>& likely, std::vector<float>* values) {
  double rest = 1;
  for (const auto& [token, p] : likely) rest -= p;
  const double other = std::max(rest, 1e-6) / static_cast<double>(kUnits - likely.size());
  for (TokenId unit = 0; unit < kUnits; ++unit) {
    const auto found = likely.find(unit);
    values->push_back(static_cast<float>(std::log(found == likely.end() ? other : found->second)));
  }
}

std::vector<float> Frames(const std::vector<std::map<TokenId, double>>& rows) {
  std::vector<float> values;
  for (const auto& row : rows) AddFrame(row, &values);
  return values;
}

std::string TextOf(const CtcText& text) {
  std::string out;
  for (const Word& word : text.words) out += (out.empty() ? "" : " ") + word.text;
  return out;
}

TEST(CtcDecoder, SpellsAndTimesSyllables) {
  const std::vector<float> values = Frames({{{0, 0.9}},
                                            {{kB, 0.9}},
                                            {{kAf, 0.9}},
                                            {{kAf, 0.9}},
                                            {{0, 0.9}},
                                            {{0, 0.9}},
                                            {{0, 0.9}},
                                            {{0, 0.9}},
                                            {{0, 0.9}},
                                            {{0, 0.9}},
                                            {{kNoOnset, 0.9}},
                                            {{kAn, 0.9}}});
  const auto text = Decoder(SoundOnly())->Decode({values, kUnits});
  VANG_ASSERT_OK(text);
  ASSERT_EQ(TextOf(text.value()), "bà an");
  const Word& first = text.value().words[0];
  EXPECT_NEAR(first.start, 0.04, 1e-9);
  EXPECT_NEAR(first.end, 0.16 + CtcText::kTail, 1e-9);
  EXPECT_GT(first.confidence, 0.9);
  EXPECT_EQ(first.token_count, 2u);
  const Word& second = text.value().words[1];
  EXPECT_NEAR(second.start, 0.40, 1e-9);
  EXPECT_NEAR(second.end, 0.48, 1e-9);  // Never beyond the sound.
  ASSERT_EQ(text.value().tokens.size(), 4u);
  EXPECT_EQ(text.value().tokens[second.first_token].text, "▁");
  EXPECT_EQ(text.value().tokens[second.first_token + 1].text, "an");
  EXPECT_NEAR(text.value().tokens[0].confidence, 0.9, 1e-6);
}

// The sum over all paths of every sequence of whole syllables, by trying them all.
std::string BestByEnumeration(const LogProbs& log_probs) {
  const TokenTable tokens = Tokens();
  std::map<std::vector<TokenId>, double> sums;
  std::vector<TokenId> path(log_probs.frames(), 0);
  while (true) {
    std::vector<TokenId> sequence;
    double log_prob = 0;
    for (std::size_t t = 0; t < path.size(); ++t) {
      log_prob += static_cast<double>(log_probs.frame(t)[path[t]]);
      if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) sequence.push_back(path[t]);
    }
    bool whole = sequence.size() % 2 == 0;
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      whole &= tokens.kind(sequence[i]) == (i % 2 == 0 ? TokenKind::kOnset : TokenKind::kRime);
    }
    if (whole) sums[sequence] += std::exp(log_prob);
    std::size_t at = 0;
    while (at < path.size() && ++path[at] == kUnits) path[at++] = 0;
    if (at == path.size()) break;
  }
  const auto best = std::max_element(
      sums.begin(), sums.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string text;
  for (std::size_t i = 0; i < best->first.size(); ++i) {
    if (i % 2 == 0 && i > 0) text += " ";
    text += tokens.Spelling(best->first[i]);
  }
  return text;
}

TEST(CtcDecoder, FindsTheBestSequenceThatTryingAllFinds) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal(0, 2);
  CtcDecoderOptions options = SoundOnly();
  options.beam = 1000;
  options.tokens_per_frame = 1000;
  options.token_margin = 1000;
  options.beam_margin = 1000;
  for (int round = 0; round < 30; ++round) {
    std::vector<float> values;
    for (int t = 0; t < 5; ++t) {
      std::vector<double> row(kUnits);
      double sum = 0;
      for (double& v : row) sum += v = std::exp(normal(random));
      row[1] = 1e-9;  // <unk> is left out of the comparison.
      for (const double v : row) values.push_back(static_cast<float>(std::log(v / sum)));
    }
    const LogProbs log_probs{values, kUnits};
    const auto text = Decoder(options)->Decode(log_probs);
    VANG_ASSERT_OK(text);
    EXPECT_EQ(TextOf(text.value()), BestByEnumeration(log_probs)) << "round " << round;
  }
}

TEST(CtcDecoder, TheLanguageModelSettlesWhatSoundAlike) {
  // à a little more likely than a: "nà" by sound, "na" by language.
  const std::vector<float> values =
      Frames({{{kN, 0.9}}, {{kAf, 0.5}, {kA, 0.4}}, {{0, 0.9}}, {{kB, 0.9}}, {{kAn, 0.9}}});
  EXPECT_EQ(TextOf(Decoder(SoundOnly())->Decode({values, kUnits}).value()), "nà ban");
  const auto text = Decoder({}, Model())->Decode({values, kUnits});
  VANG_ASSERT_OK(text);
  EXPECT_EQ(TextOf(text.value()), "na ban");
}

TEST(CtcDecoder, WritesAnUnknownSyllableWhenTheSoundLeavesNoDoubt) {
  const std::vector<float> values = Frames({{{kN, 0.99999}}, {{0, 0.99999}}, {{kAf, 0.99999}}});
  EXPECT_EQ(TextOf(Decoder({}, Model())->Decode({values, kUnits}).value()), "nà");
}

TEST(CtcDecoder, ConfidenceFallsWithARivalAndStaysInRange) {
  const auto confidence = [](double rival) {
    const std::vector<float> values = Frames({{{kB, 0.98}}, {{kAf, 0.98 - rival}, {kAn, rival}}});
    const auto text = Decoder(SoundOnly())->Decode({values, kUnits});
    EXPECT_EQ(TextOf(text.value()), "bà");
    return text.value().words.at(0).confidence;
  };
  EXPECT_GT(confidence(0.01), 0.9);
  EXPECT_LT(confidence(0.45), 0.65);
  EXPECT_GT(confidence(0.45), 0.4);
  EXPECT_LE(confidence(0.0), 1.0);
}

TEST(CtcDecoder, AnUnknownUnitIsHeardAndNotWritten) {
  const std::vector<float> values =
      Frames({{{kB, 0.9}}, {{kAf, 0.9}}, {{1, 0.999}}, {{1, 0.999}}, {{kN, 0.9}}, {{kA, 0.9}}});
  EXPECT_EQ(TextOf(Decoder({}, Model())->Decode({values, kUnits}).value()), "bà na");
}

TEST(CtcDecoder, SilenceAndNothingGiveNoWords) {
  const std::vector<float> silence = Frames({{{0, 0.9999}}, {{0, 0.9999}}});
  EXPECT_TRUE(Decoder({}, Model())->Decode({silence, kUnits}).value().words.empty());
  EXPECT_TRUE(Decoder({}, Model())->Decode({{}, kUnits}).value().words.empty());
  EXPECT_TRUE(Decoder({})->DecodeGreedy({{}, kUnits}).value().words.empty());
}

TEST(CtcDecoder, GreedyPairsWhatPairs) {
  // An onset without its rime, a syllable, a rime alone.
  const std::vector<float> values =
      Frames({{{kB, 0.9}}, {{0, 0.9}}, {{kN, 0.9}}, {{kA, 0.9}}, {{kAn, 0.9}}});
  const auto text = Decoder({})->DecodeGreedy({values, kUnits});
  VANG_ASSERT_OK(text);
  EXPECT_EQ(TextOf(text.value()), "na an");
  EXPECT_NEAR(text.value().words[0].confidence, 0.81, 1e-6);
}

TEST(CtcDecoder, RefusesRowsThatAreNotItsUnits) {
  const auto decoder = Decoder({});
  const std::vector<float> seven(7, -1.0F);
  EXPECT_THAT(decoder->Decode({seven, 7}), Fails(Code::kInvalidArgument, "7 units"));
  EXPECT_THAT(decoder->Decode({seven, kUnits}), HasCode(Code::kInvalidArgument));
  std::vector<float> bad(kUnits, -1.0F);
  bad[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(decoder->Decode({bad, kUnits}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(decoder->DecodeGreedy({bad, kUnits}), HasCode(Code::kInvalidArgument));
}

TEST(CtcDecoder, BearsUnitsThatCannotBe) {
  const std::vector<float> values(kUnits * 4, -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(Decoder({}, Model())->Decode({values, kUnits}).value().words.empty());
}

TEST(CtcDecoder, RefusesOptionsOutOfRange) {
  CtcDecoderOptions options;
  options.beam = 0;
  EXPECT_THAT(CtcDecoder::Create(Tokens(), nullptr, options), HasCode(Code::kInvalidArgument));
  options = {};
  options.lm_weight = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(CtcDecoder::Create(Tokens(), nullptr, options), HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang
