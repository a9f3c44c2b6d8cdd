#include "apps/vang-train/audio.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>

namespace vang::train {
namespace {

constexpr double kRate = 16'000;

double Power(std::span<const float> samples) {
  double sum = 1e-12;
  for (float s : samples) sum += static_cast<double>(s) * s;
  return sum / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
}

// The path inside single quotes for the shell.
std::string Quoted(const std::string& path) {
  std::string out = "'";
  for (char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Result<std::vector<float>> ReadAudio(const std::string& path) {
  const std::string command =
      "ffmpeg -nostdin -v error -i " + Quoted(path) + " -f f32le -ac 1 -ar 16000 -";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (pipe == nullptr) return Unavailable("cannot start ffmpeg");
  std::vector<float> samples;
  float buffer[4096];
  std::size_t n = 0;
  while ((n = std::fread(buffer, sizeof(float), 4096, pipe.get())) > 0) {
    samples.insert(samples.end(), buffer, buffer + n);
  }
  if (samples.empty()) return InvalidArgument("no sound in " + path);
  return samples;
}

std::vector<float> Resample(std::span<const float> samples, double from_rate, double to_rate) {
  const double step = from_rate / to_rate;
  const double cutoff = std::min(1.0, to_rate / from_rate) * 0.95;
  constexpr int kHalf = 16;
  const double reach = kHalf / cutoff;
  const auto count = static_cast<std::ptrdiff_t>(samples.size());
  std::vector<float> out(static_cast<std::size_t>(static_cast<double>(count) / step));
  // A table of the kernel, because sin() per tap would dominate.
  constexpr int kTable = 512;
  std::vector<float> kernel(kHalf * kTable + 2);
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const double x = static_cast<double>(i) / kTable;
    const double sinc = x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
    const double hann = x >= kHalf ? 0 : 0.5 + 0.5 * std::cos(std::numbers::pi * x / kHalf);
    kernel[i] = static_cast<float>(sinc * hann);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double centre = static_cast<double>(i) * step;
    const auto first =
        std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(std::ceil(centre - reach)));
    const auto last =
        std::min<std::ptrdiff_t>(count - 1, static_cast<std::ptrdiff_t>(centre + reach));
    double sum = 0;
    for (std::ptrdiff_t j = first; j <= last; ++j) {
      const double x = std::abs(static_cast<double>(j) - centre) * cutoff;
      sum += samples[static_cast<std::size_t>(j)] * kernel[static_cast<std::size_t>(x * kTable)];
    }
    out[i] = static_cast<float>(sum * cutoff);
  }
  return out;
}

void AddNoise(std::vector<float>* samples, double snr_db, Random* random) {
  std::normal_distribution<float> normal;
  const float pole = std::uniform_real_distribution<float>(0, 0.97F)(*random);
  std::vector<float> noise(samples->size());
  float state = 0;
  for (float& n : noise) n = state = pole * state + normal(*random);
  const double scale = std::sqrt(Power(*samples) / Power(noise) / std::pow(10, snr_db / 10));
  for (std::size_t i = 0; i < noise.size(); ++i) {
    (*samples)[i] += static_cast<float>(scale * noise[i]);
  }
}

void AddReverberation(std::vector<float>* samples, double seconds, double wet, Random* random) {
  std::normal_distribution<double> normal;
  // Sparse reflections: a dense tail would cost a convolution of thousands of taps per sample.
  constexpr int kReflections = 60;
  std::vector<float> out(*samples);
  const double energy = std::sqrt(static_cast<double>(kReflections));
  for (int r = 0; r < kReflections; ++r) {
    const double at = std::uniform_real_distribution<double>(0.003, seconds)(*random);
    const auto delay = static_cast<std::size_t>(at * kRate);
    const auto gain =
        static_cast<float>(wet * normal(*random) / energy * 3 * std::exp(-6.9 * at / seconds));
    for (std::size_t i = delay; i < out.size(); ++i) out[i] += gain * (*samples)[i - delay];
  }
  *samples = std::move(out);
}

std::vector<float> Telephone(std::span<const float> samples) {
  std::vector<float> narrow = Resample(samples, kRate, 8'000);
  for (float& s : narrow) {
    const float x = std::clamp(s, -1.0F, 1.0F);
    const float compressed = std::copysign(std::log1p(255 * std::abs(x)) / std::log(256.0F), x);
    const float level = std::round(compressed * 127) / 127;
    s = std::copysign((std::pow(256.0F, std::abs(level)) - 1) / 255, level);
  }
  return Resample(narrow, 8'000, kRate);
}

}  // namespace vang::train
