#include "libs/speech/fbank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
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

using Complex = std::complex<float>;

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
      return Complex(static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)));
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

// In place, 256 points, input in bit-reversed order. Butterflies are written out in reals: the
// complex product of the library checks for infinities.
void Transform(std::array<Complex, kHalf>* data, const Tables& tables) {
  auto& z = *data;
  for (std::size_t size = 2; size <= kHalf; size *= 2) {
    const std::size_t half = size / 2;
    const std::size_t stride = kHalf / size;
    for (std::size_t start = 0; start < kHalf; start += size) {
      for (std::size_t k = 0; k < half; ++k) {
        const Complex w = tables.half_twiddles[k * stride];
        const Complex b = z[start + half + k];
        const Complex t(b.real() * w.real() - b.imag() * w.imag(),
                        b.real() * w.imag() + b.imag() * w.real());
        z[start + half + k] = z[start + k] - t;
        z[start + k] += t;
      }
    }
  }
}

// Power of bins 0 to 255 of a real frame: its even and odd samples go through one complex transform
// of half the size.
void PowerSpectrum(const std::array<float, kFft>& frame, const Tables& tables,
                   std::array<float, kHalf>* power) {
  std::array<Complex, kHalf> z;
  for (std::size_t i = 0; i < kHalf; ++i) {
    z[tables.reversed[i]] = Complex(frame[2 * i], frame[2 * i + 1]);
  }
  Transform(&z, tables);
  for (std::size_t k = 0; k < kHalf; ++k) {
    const Complex a = z[k];
    const Complex b = std::conj(z[(kHalf - k) % kHalf]);
    const Complex even = 0.5F * (a + b);
    const Complex difference = 0.5F * (a - b);
    const Complex odd(difference.imag(), -difference.real());
    const Complex w = tables.twiddles[k];
    const float real = even.real() + odd.real() * w.real() - odd.imag() * w.imag();
    const float imaginary = even.imag() + odd.real() * w.imag() + odd.imag() * w.real();
    (*power)[k] = real * real + imaginary * imaginary;
  }
}

// Where sample `index` is found when the sound is mirrored at its edges, as often as needed.
std::size_t Mirror(std::ptrdiff_t index, std::ptrdiff_t count) {
  while (index < 0 || index >= count) index = index < 0 ? -index - 1 : 2 * count - 1 - index;
  return static_cast<std::size_t>(index);
}

// The windowed frame, zeros after it.
void CutFrame(std::span<const float> samples, std::size_t frame, const Tables& tables,
              std::array<float, kFft>* out) {
  const auto count = static_cast<std::ptrdiff_t>(samples.size());
  const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(frame * kFbankShift + kFbankShift / 2) -
                               static_cast<std::ptrdiff_t>(kWindow / 2);
  double sum = 0;
  for (std::size_t i = 0; i < kWindow; ++i) {
    (*out)[i] = samples[Mirror(begin + static_cast<std::ptrdiff_t>(i), count)];
    sum += static_cast<double>((*out)[i]);
  }
  const auto mean = static_cast<float>(sum / kWindow);
  float before = (*out)[0] - mean;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const float sample = (*out)[i] - mean;
    (*out)[i] = (sample - kPreEmphasis * before) * tables.window[i];
    before = sample;
  }
  std::fill(out->begin() + kWindow, out->end(), 0.0F);
}

}  // namespace

std::size_t FbankFrames(std::size_t samples) { return (samples + kFbankShift / 2) / kFbankShift; }

std::vector<float> ComputeFbank(std::span<const float> samples) {
  const Tables& tables = GetTables();
  const std::size_t frames = FbankFrames(samples.size());
  std::vector<float> features;
  features.reserve(frames * kFbankBins);
  std::array<float, kFft> frame{};
  std::array<float, kHalf> power{};
  for (std::size_t t = 0; t < frames; ++t) {
    CutFrame(samples, t, tables, &frame);
    PowerSpectrum(frame, tables, &power);
    for (const Triangle& triangle : tables.triangles) {
      float energy = 0;
      for (std::size_t i = 0; i < triangle.weights.size(); ++i) {
        energy += triangle.weights[i] * power[triangle.first + i];
      }
      // The comparison is also false for what is not a number.
      constexpr float kLeast = 1.1920929e-07F;
      features.push_back(energy > kLeast ? std::log(energy) : kFbankFloor);
    }
  }
  return features;
}

}  // namespace vang
