#include "libs/speech/fbank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace vang {
namespace {

std::vector<float> Sine(double hz, std::size_t samples) {
  std::vector<float> out;
  for (std::size_t i = 0; i < samples; ++i) {
    out.push_back(static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 16000)));
  }
  return out;
}

// The definition, straight from the text, with a slow Fourier sum in double precision.
std::vector<float> Reference(const std::vector<float>& samples) {
  const auto n = static_cast<long>(samples.size());
  const auto mel = [](double hz) { return 1127 * std::log(1 + hz / 700); };
  std::vector<float> features;
  for (long t = 0; t < (n + 80) / 160; ++t) {
    std::vector<double> x;
    for (long i = 0; i < 400; ++i) {
      long at = 160 * t + 80 - 200 + i;
      while (at < 0 || at >= n) at = at < 0 ? -at - 1 : 2 * n - 1 - at;
      x.push_back(static_cast<double>(samples[static_cast<std::size_t>(at)]));
    }
    double mean = 0;
    for (const double v : x) mean += v / 400;
    for (double& v : x) v -= mean;
    for (std::size_t i = 399; i > 0; --i) x[i] -= 0.97 * x[i - 1];
    x[0] -= 0.97 * x[0];
    for (std::size_t i = 0; i < 400; ++i) {
      const double phase = 2 * std::numbers::pi * static_cast<double>(i) / 399;
      x[i] *= std::pow(0.5 - 0.5 * std::cos(phase), 0.85);
    }
    std::vector<double> power;
    for (int k = 0; k < 256; ++k) {
      double re = 0;
      double im = 0;
      for (std::size_t i = 0; i < 400; ++i) {
        const double angle = 2 * std::numbers::pi * k * static_cast<double>(i) / 512;
        re += x[i] * std::cos(angle);
        im -= x[i] * std::sin(angle);
      }
      power.push_back(re * re + im * im);
    }
    const double step = (mel(7600) - mel(20)) / 81;
    for (int bin = 0; bin < 80; ++bin) {
      const double left = mel(20) + bin * step;
      double energy = 0;
      for (std::size_t k = 0; k < 256; ++k) {
        const double m = mel(static_cast<double>(k) * 31.25);
        energy +=
            std::max(0.0, std::min((m - left) / step, (left + 2 * step - m) / step)) * power[k];
      }
      features.push_back(static_cast<float>(std::log(std::max(energy, 1.1920929e-07))));
    }
  }
  return features;
}

TEST(Fbank, IsWhatTheDefinitionSays) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0, 0.1F);
  std::vector<float> samples = Sine(440, 3000);
  for (float& sample : samples) sample += normal(random);
  const std::vector<float> features = ComputeFbank(samples);
  const std::vector<float> expected = Reference(samples);
  ASSERT_EQ(features.size(), expected.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    ASSERT_NEAR(features[i], expected[i], 2e-3) << i;
  }
}

TEST(Fbank, AToneIsLoudestInTheBinsAroundIt) {
  const auto loudest = [](double hz) {
    const std::vector<float> features = ComputeFbank(Sine(hz, 16000));
    const auto row = features.begin() + 50 * static_cast<long>(kFbankBins);
    return std::max_element(row, row + static_cast<long>(kFbankBins)) - row;
  };
  EXPECT_LT(loudest(300), loudest(1000));
  EXPECT_LT(loudest(1000), loudest(5000));
}

TEST(Fbank, SilenceIsTheFloorAndShortSoundsHaveTheFramesTheyShould) {
  EXPECT_EQ(FbankFrames(0), 0u);
  EXPECT_EQ(FbankFrames(79), 0u);
  EXPECT_EQ(FbankFrames(80), 1u);
  EXPECT_EQ(FbankFrames(16000), 100u);
  const std::vector<float> features = ComputeFbank(std::vector<float>(90, 0.0F));
  ASSERT_EQ(features.size(), kFbankBins);
  for (const float value : features) EXPECT_NEAR(value, std::log(1.1920929e-07F), 1e-5);
  EXPECT_TRUE(ComputeFbank({}).empty());
}

TEST(Fbank, BearsWhatIsNotANumber) {
  for (const float value : ComputeFbank(std::vector<float>(800, NAN))) {
    EXPECT_FALSE(std::isnan(value));
  }
}

}  // namespace
}  // namespace vang
