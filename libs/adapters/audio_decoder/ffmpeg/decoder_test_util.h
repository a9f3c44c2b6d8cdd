// Makes audio files with Debian's ffmpeg and decodes them. For the tests of this folder.
#pragma once

#include <fcntl.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_decoder.h"
#include "libs/base/descriptor_io.h"
#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/subprocess.h"
#include "libs/base/temp_folder.h"

namespace vang {

inline FfmpegAudioDecoderConfig DecoderConfigForTest() {
  FfmpegAudioDecoderConfig config;
  config.program = VANG_BINARY_DIR "/bin/vang-decoder";
  return config;
}

class DecoderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto decoder = OpenFfmpegAudioDecoder(DecoderConfigForTest());
    VANG_ASSERT_OK(decoder);
    decoder_ = std::move(*decoder);
  }

  std::filesystem::path Path(const std::string& name) const { return folder_.path() / name; }

  // Runs ffmpeg with `args`, split at spaces, and writes `name`.
  void Make(const std::string& args, const std::string& name) {
    Subprocess::Options options;
    options.program = "/bin/sh";
    options.args = {"-c", "exec ffmpeg -nostdin -v error -y " + args + " " + Path(name).string()};
    options.env = {"PATH=/usr/bin:/bin"};
    options.capture_error = false;
    auto child = Subprocess::Start(std::move(options));
    VANG_ASSERT_OK(child);
    auto exit = child->Wait(Context(), Duration(300'000));
    VANG_ASSERT_OK(exit);
    ASSERT_TRUE(exit->ok()) << args;
  }

  void Write(const std::string& name, const std::string& bytes) {
    VANG_ASSERT_OK(WriteFileDurably(Path(name), bytes));
  }

  std::string Bytes(const std::string& name) const { return *ReadFile(Path(name)); }

  Result<std::unique_ptr<AudioStream>> Open(const std::string& name, DecodeLimits limits = {}) {
    return decoder_->Open(Context(),
                          FileDescriptor(::open(Path(name).c_str(), O_RDONLY | O_CLOEXEC)), limits);
  }

  Result<std::vector<float>> Decode(const std::string& name, DecodeLimits limits = {}) {
    VANG_ASSIGN_OR_RETURN(auto stream, Open(name, limits));
    std::vector<float> all;
    float samples[4096];
    while (true) {
      VANG_ASSIGN_OR_RETURN(const std::size_t count, stream->Read(Context(), samples));
      if (count == 0) return all;
      all.insert(all.end(), samples, samples + count);
    }
  }

  TempFolder folder_;
  std::unique_ptr<AudioDecoder> decoder_;
};

// Root mean square of the middle, away from what codecs do at the ends.
inline double Loudness(const std::vector<float>& samples) {
  double sum = 0;
  const std::size_t from = samples.size() / 4, to = samples.size() * 3 / 4;
  for (std::size_t i = from; i < to; ++i) sum += double{samples[i]} * double{samples[i]};
  return std::sqrt(sum / static_cast<double>(to - from));
}

// The share of the middle's energy that lies at `hertz`: 1 for a pure sine.
inline double ShareAt(const std::vector<float>& samples, double hertz) {
  double real = 0, imaginary = 0, energy = 0;
  const std::size_t from = samples.size() / 4, to = samples.size() * 3 / 4;
  for (std::size_t i = from; i < to; ++i) {
    const double angle = 2 * M_PI * hertz * static_cast<double>(i) / 16000;
    real += samples[i] * std::cos(angle);
    imaginary += samples[i] * std::sin(angle);
    energy += double{samples[i]} * double{samples[i]};
  }
  return 2 * (real * real + imaginary * imaginary) / (energy * static_cast<double>(to - from));
}

}  // namespace vang
