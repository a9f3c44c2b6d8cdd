// What decoding costs, beside the features that it follows: the beam search with the language model
// over 20 s of scores as a small network gives them, unsure of tones and onsets. Figures are in
// milliseconds of one core; divide by 20 for a second of sound.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "libs/speech/ctc_decoder.h"
#include "libs/speech/fbank.h"
#include "libs/vietnamese/ngram_builder.h"
#include "libs/vietnamese/syllable.h"

namespace vang {
namespace {

constexpr std::size_t kFrames = 500;  // 20 s

TokenTable AllUnits() {
  std::string text = "<blk> 0\n<unk> 1\n";
  std::size_t id = 2;
  for (const std::string_view onset : Onsets()) {
    text += "\xE2\x96\x81" + std::string(onset) + " " + std::to_string(id++) + "\n";
  }
  for (const std::string_view rime : Rimes()) {
    for (int tone = 0; tone < kToneCount; ++tone) {
      if (!RimeBears(rime, static_cast<Tone>(tone))) continue;
      text += ToneRime(rime, static_cast<Tone>(tone)) + " " + std::to_string(id++) + "\n";
    }
  }
  return ParseTokens(text).value();
}

// A model over random sentences of all syllables, of about the shipped one's size.
std::shared_ptr<const NgramModel> RandomModel(const TokenTable& tokens) {
  std::vector<std::string> syllables;
  std::mt19937 random(1);
  for (TokenId onset = 2; onset < tokens.size(); ++onset) {
    for (TokenId rime = 2; rime < tokens.size(); ++rime) {
      if (tokens.kind(onset) != TokenKind::kOnset || tokens.kind(rime) != TokenKind::kRime)
        continue;
      if (random() % 3 == 0) {
        syllables.push_back(std::string(tokens.Spelling(onset)) +
                            std::string(tokens.Spelling(rime)));
      }
    }
  }
  NgramBuilder builder;
  for (int sentence = 0; sentence < 150'000; ++sentence) {
    std::vector<std::string_view> words;
    for (int i = 0; i < 12; ++i) {
      // Squared, so that some syllables are frequent.
      const double u = std::uniform_real_distribution<double>(0, 1)(random);
      const auto pick = static_cast<std::size_t>(u * u * static_cast<double>(syllables.size()));
      words.push_back(syllables[pick]);
    }
    builder.AddSentence(words);
  }
  return NgramModel::Parse(builder.Build({}).value().bytes).value();
}

// A syllable every six frames: an onset, a rime two frames later, each with rivals; blank between.
std::vector<float> Scores(const TokenTable& tokens, float spread) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> values;
  std::vector<float> row(tokens.size());
  TokenId peak = 0;
  for (std::size_t t = 0; t < kFrames; ++t) {
    const auto onset = static_cast<TokenId>(2 + random() % Onsets().size());
    const auto rime = static_cast<TokenId>(2 + Onsets().size() +
                                           random() % (tokens.size() - 2 - Onsets().size()));
    peak = t % 6 == 0 ? onset : t % 6 == 2 ? rime : TokenTable::kBlank;
    float sum = 0;
    for (TokenId unit = 0; unit < tokens.size(); ++unit) {
      row[unit] = normal(random) + (unit == peak ? 6.0F : 0.0F) - (unit == 1 ? 10.0F : 0.0F);
      sum += std::exp(row[unit]);
    }
    for (const float value : row) values.push_back(value - std::log(sum));
  }
  return values;
}

struct Fixture {
  TokenTable tokens = AllUnits();
  std::shared_ptr<const NgramModel> model = RandomModel(tokens);
};

const Fixture& Shared() {
  static const Fixture fixture;
  return fixture;
}

void Decode(benchmark::State& state, int beam, bool with_model) {
  const Fixture& shared = Shared();
  CtcDecoderOptions options;
  options.beam = beam;
  const auto decoder =
      CtcDecoder::Create(shared.tokens, with_model ? shared.model : nullptr, options).value();
  const std::vector<float> values = Scores(shared.tokens, static_cast<float>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder->Decode({values, shared.tokens.size()}));
  }
}

void BeamWithModel(benchmark::State& state) { Decode(state, 12, true); }
void WideBeamWithModel(benchmark::State& state) { Decode(state, 48, true); }
void BeamWithoutModel(benchmark::State& state) { Decode(state, 12, false); }

void Greedy(benchmark::State& state) {
  const Fixture& shared = Shared();
  const auto decoder = CtcDecoder::Create(shared.tokens, nullptr, {}).value();
  const std::vector<float> values = Scores(shared.tokens, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder->DecodeGreedy({values, shared.tokens.size()}));
  }
}

void Features(benchmark::State& state) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.1F);
  std::vector<float> samples(20 * 16000);
  for (float& sample : samples) sample = normal(random);
  for (auto _ : state) benchmark::DoNotOptimize(ComputeFbank(samples));
}

void Lookup(benchmark::State& state) {
  const Fixture& shared = Shared();
  std::mt19937 random(4);
  const auto size = static_cast<std::uint32_t>(shared.model->vocabulary().size());
  std::vector<WordId> words;
  for (int i = 0; i < 4096; ++i) words.push_back(static_cast<WordId>(3 + random() % (size - 3)));
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(shared.model->LogProb(std::span(words).subspan(at, 2), words[at + 2]));
    at = (at + 1) % 4000;
  }
}

// The argument is how unsure the network is: the deviation of its scores in nats.
BENCHMARK(BeamWithModel)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(WideBeamWithModel)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(BeamWithoutModel)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(Greedy)->Unit(benchmark::kMillisecond);
BENCHMARK(Features)->Unit(benchmark::kMillisecond);
BENCHMARK(Lookup);

}  // namespace
}  // namespace vang

BENCHMARK_MAIN();
