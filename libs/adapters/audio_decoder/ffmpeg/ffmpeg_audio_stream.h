// One decoding: the child, its pipes and the samples that come out of it. Private to the adapter.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/adapters/audio_decoder/ffmpeg/child_report.h"
#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/adapters/audio_decoder/ffmpeg/warm_decoder.h"
#include "libs/ports/audio_decoder.h"
#include "libs/runtime/metrics.h"

namespace vang {

class FfmpegAudioStream : public AudioStream {
 public:
  struct Options {
    AudioFormat format;
    DecodeLimits limits;
    double promised_seconds = 0;
    Duration fruitless_processor_time;
    Duration stall_timeout;
    Metrics* metrics = nullptr;
  };

  FfmpegAudioStream(Options options, DecodingChild child);
  ~FfmpegAudioStream() override;

  Result<std::size_t> Read(const Context& context, std::span<float> samples) override;

 private:
  // Bytes of sound into bytes_, at least one; false at the end. Fails for good when the child works
  // or sleeps too long without any.
  Result<bool> Fill(const Context& context);
  Status Finish(const Context& context);
  std::size_t TakeSamples(std::span<float> samples);
  Status Fail(Status status);
  Status Late(const Context& context, const Status& status);

  const Options options_;
  DecodingChild child_;
  ChildReport report_;
  std::vector<char> bytes_;
  std::size_t filled_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t most_samples_;
  bool ended_ = false;
  Status failure_;
};

}  // namespace vang
