#include "tests/support/sample_audio.h"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "libs/speech/wav.h"

namespace vang {

const std::vector<float>& SampleSpeech() {
  static const std::vector<float> samples = [] {
    auto sound = ReadWav(std::string(VANG_SOURCE_DIR) + "/samples/sample.wav");
    if (!sound.ok() || sound->sample_rate != 16'000) std::abort();
    return std::move(sound->samples);
  }();
  return samples;
}

std::string SampleWav(double seconds, std::uint64_t seed) {
  const std::vector<float>& speech = SampleSpeech();
  std::vector<float> samples(
      speech.begin(),
      speech.begin() + static_cast<std::ptrdiff_t>(
                           std::min(speech.size(), static_cast<std::size_t>(seconds * 16'000))));
  std::mt19937_64 random(seed);
  // One step of 16 bits: -90 dB.
  for (float& sample : samples) sample += static_cast<float>(random() % 3) / 32'768.0F;
  return EncodeWav(samples, 16'000);
}

}  // namespace vang
