#include "libs/speech/segmenter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace vang {
namespace {

// Hiss at `noise_db` with stretches that are loud like speech: noise that swells and ebbs four
// times a second, as syllables do.
class Sound {
 public:
  explicit Sound(float noise_db) : noise_(Amplitude(noise_db)) {}

  Sound& Quiet(double seconds) { return Add(seconds, 0); }
  Sound& Speech(double seconds, float level_db = -20) { return Add(seconds, Amplitude(level_db)); }
  Sound& DigitalSilence(double seconds) {
    samples_.resize(samples_.size() + static_cast<std::size_t>(seconds * kSampleRate), 0.0F);
    return *this;
  }

  const std::vector<float>& samples() const { return samples_; }

 private:
  static double Amplitude(float db) { return std::pow(10.0, static_cast<double>(db) / 20); }

  Sound& Add(double seconds, double speech) {
    const auto count = static_cast<std::size_t>(seconds * kSampleRate);
    for (std::size_t i = 0; i < count; ++i) {
      const double time = static_cast<double>(i) / kSampleRate;
      const double swell = 0.55 + 0.45 * std::cos(2 * std::numbers::pi * 4 * time);
      samples_.push_back(static_cast<float>((noise_ + speech * swell * swell) * normal_(random_)));
    }
    return *this;
  }

  double noise_;
  std::mt19937 random_{5};
  std::normal_distribution<double> normal_{0, 1};
  std::vector<float> samples_;
};

struct Outcome {
  std::vector<SpeechSegment> segments;
  double speech = 0;
  std::size_t most_buffered = 0;
};

Outcome Segment(const std::vector<float>& samples, std::size_t chunk = 16000) {
  SpeechSegmenter segmenter({});
  Outcome outcome;
  for (std::size_t at = 0; at < samples.size(); at += chunk) {
    segmenter.Push(std::span(samples).subspan(at, std::min(chunk, samples.size() - at)),
                   &outcome.segments);
    outcome.most_buffered = std::max(outcome.most_buffered, segmenter.buffered_samples());
  }
  segmenter.Finish(&outcome.segments);
  outcome.speech = segmenter.speech_seconds();
  EXPECT_NEAR(segmenter.audio_seconds(), static_cast<double>(samples.size()) / kSampleRate, 1e-9);
  return outcome;
}

TEST(SpeechSegmenter, SilenceHasNoSegments) {
  EXPECT_TRUE(Segment(Sound(-50).Quiet(12).samples()).segments.empty());
  EXPECT_TRUE(Segment(Sound(-50).DigitalSilence(12).samples()).segments.empty());
  EXPECT_TRUE(Segment({}).segments.empty());
  EXPECT_TRUE(Segment(std::vector<float>(100, 0.5F)).segments.empty());
  EXPECT_EQ(Segment(Sound(-50).Quiet(12).samples()).speech, 0);
}

TEST(SpeechSegmenter, SteadyHumIsNotSpeechAndNeitherIsAnOffset) {
  std::vector<float> samples = Sound(-30).Quiet(10).samples();
  for (float& sample : samples) sample += 0.2F;
  EXPECT_TRUE(Segment(samples).segments.empty());
}

TEST(SpeechSegmenter, FindsSpeechWithItsRolls) {
  const Outcome outcome = Segment(Sound(-60).Quiet(3).Speech(2).Quiet(4).samples());
  ASSERT_EQ(outcome.segments.size(), 1u);
  EXPECT_NEAR(outcome.segments[0].start_seconds(), 3 - 0.2, 0.05);
  EXPECT_NEAR(outcome.segments[0].start_seconds() + outcome.segments[0].seconds(), 5 + 0.15, 0.1);
  EXPECT_NEAR(outcome.speech, 2, 0.1);
}

TEST(SpeechSegmenter, FindsQuietSpeechAndSpeechFromTheFirstSampleToTheLast) {
  EXPECT_EQ(Segment(Sound(-75).Quiet(2).Speech(2, -45).Quiet(3).samples()).segments.size(), 1u);
  const Outcome whole = Segment(Sound(-60).Speech(1.5).samples());
  ASSERT_EQ(whole.segments.size(), 1u);
  EXPECT_EQ(whole.segments[0].first_sample, 0);
  EXPECT_NEAR(whole.segments[0].seconds(), 1.5, 0.2);
}

TEST(SpeechSegmenter, SamplesAreThoseOfTheStream) {
  const Sound sound = Sound(-60).Quiet(2).Speech(2).Quiet(5).Speech(3).Quiet(2);
  const Outcome outcome = Segment(sound.samples());
  ASSERT_EQ(outcome.segments.size(), 2u);
  for (const SpeechSegment& segment : outcome.segments) {
    const auto first = sound.samples().begin() + segment.first_sample;
    EXPECT_TRUE(std::equal(segment.samples.begin(), segment.samples.end(), first));
  }
}

TEST(SpeechSegmenter, JoinsAcrossShortPausesAndPartsAtLongOnes) {
  EXPECT_EQ(
      Segment(Sound(-60).Quiet(1).Speech(2).Quiet(1).Speech(2).Quiet(1).samples()).segments.size(),
      1u);
  EXPECT_EQ(
      Segment(Sound(-60).Quiet(1).Speech(2).Quiet(3).Speech(2).Quiet(1).samples()).segments.size(),
      2u);
  // Once ten seconds have gathered, a short pause is enough.
  EXPECT_EQ(Segment(Sound(-60).Quiet(1).Speech(11).Quiet(0.7).Speech(6).Quiet(1).samples())
                .segments.size(),
            2u);
}

TEST(SpeechSegmenter, NeverGrowsBeyondItsBoundAndLosesNothingOfSpeechWithoutPauses) {
  const Outcome outcome = Segment(Sound(-60).Quiet(1).Speech(95).Quiet(1).samples());
  ASSERT_GE(outcome.segments.size(), 5u);
  for (std::size_t i = 0; i < outcome.segments.size(); ++i) {
    EXPECT_LE(outcome.segments[i].seconds(), 20.0);
    if (i == 0) continue;
    const SpeechSegment& before = outcome.segments[i - 1];
    EXPECT_EQ(outcome.segments[i].first_sample,
              before.first_sample + static_cast<std::int64_t>(before.samples.size()));
  }
  EXPECT_LT(outcome.most_buffered, static_cast<std::size_t>(kSampleRate) * 28);
  EXPECT_NEAR(outcome.speech, 95, 1);
}

TEST(SpeechSegmenter, CutsWhereItIsQuietest) {
  // Three tenths of a second of calm, too short for a pause, after 15 s of speech.
  const Outcome outcome =
      Segment(Sound(-60).Quiet(1).Speech(15).Speech(0.3, -45).Speech(12).Quiet(1).samples());
  ASSERT_EQ(outcome.segments.size(), 2u);
  EXPECT_NEAR(outcome.segments[1].start_seconds(), 16.15, 0.15);
}

TEST(SpeechSegmenter, ChunkingMakesNoDifference) {
  const Sound sound =
      Sound(-55).Quiet(1).Speech(13).Quiet(0.8).Speech(2).Quiet(3).Speech(26).Quiet(1);
  const Outcome whole = Segment(sound.samples(), sound.samples().size());
  for (const std::size_t chunk : {1u, 37u, 160u, 5000u}) {
    const Outcome parts = Segment(sound.samples(), chunk);
    ASSERT_EQ(parts.segments.size(), whole.segments.size()) << chunk;
    for (std::size_t i = 0; i < whole.segments.size(); ++i) {
      EXPECT_EQ(parts.segments[i].first_sample, whole.segments[i].first_sample);
      EXPECT_EQ(parts.segments[i].samples, whole.segments[i].samples);
    }
  }
}

TEST(SpeechSegmenter, HoldsLittleThroughLongSilence) {
  EXPECT_LT(Segment(Sound(-60).Quiet(120).samples(), 1600).most_buffered,
            static_cast<std::size_t>(kSampleRate) * 6);
}

TEST(FrameLevel, IsInDecibelsBelowFullScaleAndBearsAnything) {
  EXPECT_NEAR(FrameLevel(std::vector<float>{1, -1, 1, -1}), 0, 1e-3);
  EXPECT_NEAR(FrameLevel(std::vector<float>{0.1F, -0.1F}), -20, 1e-3);
  EXPECT_EQ(FrameLevel(std::vector<float>(160, 0.7F)), -100);
  EXPECT_EQ(FrameLevel(std::vector<float>{NAN, 1}), -100);
  EXPECT_EQ(FrameLevel({}), -100);
}

}  // namespace
}  // namespace vang
