#include "libs/speech/fbank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace vang {
namespace {

constexpr std::size_t kWindow = 400;  // 25 ms
constexpr std::size_t kFft = 512;
constexpr std::size_t kHalf = kFft / 2;
constexpr double kSampleRateHz = 16000;
constexpr double kLowHz = 20;
constexpr double kHighHz = 7600;
constexpr float kPreEmphasis = 0.97F;

// Four frames are computed side by side, one in each lane.
constexpr std::size_t kLanes = 4;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

struct Complex {
  float real = 0;
  float imaginary = 0;
};

double Mel(double hz) { return 1127.0 * std::log(1.0 + hz / 700.0); }

// One triangle: weights of spectrum bins first, first + 1, …
struct Triangle {
  std::size_t first = 0;
  std::vector<float> weights;
};

struct Tables {
  std::array<float, kWindow> window{};
  std::array<Complex, kHalf / 2> half_twiddles{};  // of the 256-point transform
  std::array<Complex, kHalf> twiddles{};           // of the 512-point one
  std::array<std::uint16_t, kHalf> reversed{};
  std::array<Triangle, kFbankBins> triangles;

  Tables() {
    for (std::size_t i = 0; i < kWindow; ++i) {
      const double phase = 2 * std::numbers::pi * static_cast<double>(i) / (kWindow - 1);
      window[i] = static_cast<float>(std::pow(0.5 - 0.5 * std::cos(phase), 0.85));
    }
    const auto unit = [](std::size_t k, std::size_t n) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
      return Complex{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    };
    for (std::size_t k = 0; k < half_twiddles.size(); ++k) half_twiddles[k] = unit(k, kHalf);
    for (std::size_t k = 0; k < twiddles.size(); ++k) twiddles[k] = unit(k, kFft);
    for (std::size_t i = 0; i < kHalf; ++i) {
      std::size_t r = 0;
      for (std::size_t bit = 1; bit < kHalf; bit <<= 1) r = r << 1 | ((i & bit) != 0 ? 1U : 0U);
      reversed[i] = static_cast<std::uint16_t>(r);
    }
    const double low = Mel(kLowHz);
    const double step = (Mel(kHighHz) - low) / (kFbankBins + 1);
    for (std::size_t bin = 0; bin < kFbankBins; ++bin) {
      const double left = low + static_cast<double>(bin) * step;
      for (std::size_t i = 0; i < kHalf; ++i) {
        const double mel = Mel(static_cast<double>(i) * kSampleRateHz / kFft);
        const double weight = std::min(mel - left, left + 2 * step - mel) / step;
        if (weight <= 0) continue;
        if (triangles[bin].weights.empty()) triangles[bin].first = i;
        triangles[bin].weights.push_back(static_cast<float>(weight));
      }
    }
  }
};

const Tables& GetTables() {
  static const Tables tables;
  return tables;
}

using Samples = std::array<Lanes, kFft>;
using Spectrum = std::array<Lanes, kHalf>;

// In place, 256 points, input in bit-reversed order.
void Transform(const Tables& tables, Spectrum* real, Spectrum* imaginary) {
  Spectrum& re = *real;
  Spectrum& im = *imaginary;
  for (std::size_t size = 2; size <= kHalf; size *= 2) {
    const std::size_t half = size / 2;
    const std::size_t stride = kHalf / size;
    for (std::size_t start = 0; start < kHalf; start += size) {
      for (std::size_t k = 0; k < half; ++k) {
        const Complex w = tables.half_twiddles[k * stride];
        const std::size_t a = start + k;
        const std::size_t b = a + half;
        const Lanes t_re = re[b] * w.real - im[b] * w.imaginary;
        const Lanes t_im = re[b] * w.imaginary + im[b] * w.real;
        re[b] = re[a] - t_re;
        im[b] = im[a] - t_im;
        re[a] += t_re;
        im[a] += t_im;
      }
    }
  }
}

// Power of bins 0 to 255 of real frames: even and odd samples go through one complex transform of
// half the size.
void PowerSpectrum(const Samples& frames, const Tables& tables, Spectrum* power) {
  Spectrum re;
  Spectrum im;
  for (std::size_t i = 0; i < kHalf; ++i) {
    re[tables.reversed[i]] = frames[2 * i];
    im[tables.reversed[i]] = frames[2 * i + 1];
  }
  Transform(tables, &re, &im);
  for (std::size_t k = 0; k < kHalf; ++k) {
    const std::size_t mirrored = (kHalf - k) % kHalf;
    const Lanes even_re = 0.5F * (re[k] + re[mirrored]);
    const Lanes even_im = 0.5F * (im[k] - im[mirrored]);
    const Lanes odd_re = 0.5F * (im[k] + im[mirrored]);
    const Lanes odd_im = 0.5F * (re[mirrored] - re[k]);
    const Complex w = tables.twiddles[k];
    const Lanes sum_re = even_re + odd_re * w.real - odd_im * w.imaginary;
    const Lanes sum_im = even_im + odd_re * w.imaginary + odd_im * w.real;
    (*power)[k] = sum_re * sum_re + sum_im * sum_im;
  }
}

// Where sample `index` is found when the sound is mirrored at its edges, as often as needed.
std::size_t Mirror(std::ptrdiff_t index, std::ptrdiff_t count) {
  while (index < 0 || index >= count) index = index < 0 ? -index - 1 : 2 * count - 1 - index;
  return static_cast<std::size_t>(index);
}

// Frame `frame` of the samples, windowed, into one lane; what follows the window stays zero.
void CutFrame(std::span<const float> samples, std::size_t frame, std::size_t lane,
              const Tables& tables, Samples* out) {
  const auto count = static_cast<std::ptrdiff_t>(samples.size());
  const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(frame * kFbankShift + kFbankShift / 2) -
                               static_cast<std::ptrdiff_t>(kWindow / 2);
  std::array<float, kWindow> cut;
  if (begin >= 0 && begin + static_cast<std::ptrdiff_t>(kWindow) <= count) {
    std::copy_n(samples.begin() + begin, kWindow, cut.begin());
  } else {
    for (std::size_t i = 0; i < kWindow; ++i) {
      cut[i] = samples[Mirror(begin + static_cast<std::ptrdiff_t>(i), count)];
    }
  }
  // Four sums, because one would wait for itself at every step.
  std::array<double, 4> sums{};
  for (std::size_t i = 0; i < kWindow; ++i) sums[i % 4] += static_cast<double>(cut[i]);
  const auto mean = static_cast<float>((sums[0] + sums[1] + sums[2] + sums[3]) / kWindow);
  float before = cut[0] - mean;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const float sample = cut[i] - mean;
    (*out)[i][lane] = (sample - kPreEmphasis * before) * tables.window[i];
    before = sample;
  }
}

}  // namespace

std::size_t FbankFrames(std::size_t samples) { return (samples + kFbankShift / 2) / kFbankShift; }

std::vector<float> ComputeFbank(std::span<const float> samples) {
  const Tables& tables = GetTables();
  const std::size_t frames = FbankFrames(samples.size());
  std::vector<float> features(frames * kFbankBins);
  Samples cut{};
  Spectrum power;
  for (std::size_t first = 0; first < frames; first += kLanes) {
    const std::size_t lanes = std::min(kLanes, frames - first);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      CutFrame(samples, first + lane, lane, tables, &cut);
    }
    PowerSpectrum(cut, tables, &power);
    for (std::size_t bin = 0; bin < kFbankBins; ++bin) {
      const Triangle& triangle = tables.triangles[bin];
      Lanes energy{};
      for (std::size_t i = 0; i < triangle.weights.size(); ++i) {
        energy += triangle.weights[i] * power[triangle.first + i];
      }
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        // The comparison is also false for what is not a number.
        constexpr float kLeast = 1.1920929e-07F;
        features[(first + lane) * kFbankBins + bin] =
            energy[lane] > kLeast ? std::log(energy[lane]) : kFbankFloor;
      }
    }
  }
  return features;
}

}  // namespace vang
