#include "tests/support/sample_audio.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "libs/speech/wav.h"

namespace vang {

const std::vector<float>& SampleSpeech() {
  static const std::vector<float> samples = [] {
    const std::string command = "ffmpeg -nostdin -v error -i '" + std::string(VANG_SOURCE_DIR) +
                                "/samples/khong-khi.opus' -ar 16000 -ac 1 -f wav -";
    std::string bytes;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) std::abort();
    char buffer[4'096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      bytes.append(buffer, n);
    }
    if (::pclose(pipe) != 0) std::abort();
    auto sound = ParseWav(bytes);
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
