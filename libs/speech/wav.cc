#include "libs/speech/wav.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "libs/base/file.h"

namespace vang {
namespace {

static_assert(std::endian::native == std::endian::little, "RIFF is little-endian");

constexpr std::uint16_t kInteger = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kExtensible = 0xFFFE;

// Must be within `bytes`.
template <typename T>
T At(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

template <typename T>
void Put(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

struct Format {
  std::uint16_t code = 0;
  std::size_t channels = 0;
  std::uint32_t rate = 0;
  std::size_t sample_bytes = 0;
};

Result<Format> ParseFormat(std::string_view chunk) {
  if (chunk.size() < 16) return InvalidArgument("the WAV format chunk is too short");
  Format format;
  format.code = At<std::uint16_t>(chunk, 0);
  format.channels = At<std::uint16_t>(chunk, 2);
  format.rate = At<std::uint32_t>(chunk, 4);
  const auto bits = At<std::uint16_t>(chunk, 14);
  if (format.code == kExtensible && chunk.size() >= 26) format.code = At<std::uint16_t>(chunk, 24);
  format.sample_bytes = bits / 8U;
  const bool known =
      (format.code == kInteger && bits == 16) || (format.code == kFloat && bits == 32);
  if (!known) return InvalidArgument("the WAV samples are neither 16-bit integers nor floats");
  if (format.channels < 1 || format.channels > 16) {
    return InvalidArgument("the WAV file must have 1 to 16 channels");
  }
  if (format.rate < 1000 || format.rate > 400'000) {
    return InvalidArgument("the WAV sample rate is not one");
  }
  return format;
}

std::vector<float> Mix(const Format& format, std::string_view data) {
  const std::size_t frames = data.size() / (format.sample_bytes * format.channels);
  std::vector<float> samples;
  samples.reserve(frames);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    float sum = 0;
    for (std::size_t channel = 0; channel < format.channels; ++channel) {
      const std::size_t at = (frame * format.channels + channel) * format.sample_bytes;
      if (format.code == kInteger) {
        sum += static_cast<float>(At<std::int16_t>(data, at)) / 32768.0F;
      } else {
        const auto value = At<float>(data, at);
        sum += std::isfinite(value) ? std::clamp(value, -1.0F, 1.0F) : 0.0F;
      }
    }
    samples.push_back(sum / static_cast<float>(format.channels));
  }
  return samples;
}

}  // namespace

Result<Sound> ParseWav(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE") {
    return InvalidArgument("this is not a WAV file");
  }
  std::optional<Format> format;
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::string_view name = bytes.substr(at, 4);
    const std::size_t size = At<std::uint32_t>(bytes, at + 4);
    const std::string_view chunk = bytes.substr(at + 8, size);
    if (name == "fmt ") {
      VANG_ASSIGN_OR_RETURN(format, ParseFormat(chunk));
    } else if (name == "data") {
      if (!format) return InvalidArgument("the WAV data comes before its format");
      return Sound{Mix(*format, chunk), static_cast<int>(format->rate)};
    }
    at += 8 + size + size % 2;
  }
  return InvalidArgument("the WAV file has no data");
}

Result<Sound> ReadWav(const std::filesystem::path& path) {
  VANG_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  auto sound = ParseWav(bytes);
  if (!sound.ok()) return sound.status().Wrap(path.string());
  return sound;
}

std::string EncodeWav(std::span<const float> samples, int sample_rate) {
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * 2);
  std::string out = "RIFF";
  Put<std::uint32_t>(36 + data_bytes, &out);
  out += "WAVEfmt ";
  Put<std::uint32_t>(16, &out);
  Put<std::uint16_t>(kInteger, &out);
  Put<std::uint16_t>(1, &out);
  Put<std::uint32_t>(static_cast<std::uint32_t>(sample_rate), &out);
  Put<std::uint32_t>(static_cast<std::uint32_t>(sample_rate) * 2, &out);
  Put<std::uint16_t>(2, &out);
  Put<std::uint16_t>(16, &out);
  out += "data";
  Put<std::uint32_t>(data_bytes, &out);
  for (const float sample : samples) {
    const float scaled = std::clamp(sample * 32768.0F, -32768.0F, 32767.0F);
    Put<std::int16_t>(static_cast<std::int16_t>(std::lrint(scaled)), &out);
  }
  return out;
}

}  // namespace vang
