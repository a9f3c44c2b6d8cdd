// Decoded frames of any rate, format and number of channels to 16 kHz mono floats: channels mixed
// by averaging. Memory does not depend on what a frame says of itself.
#pragma once

#include <memory>

#include "apps/vang-decoder/sound_decoding.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
}

struct SwrContext;

namespace vang {

// Methods return a negative AVERROR when it cannot go on, AVERROR_EXIT when the sink has enough.
class Resampler {
 public:
  explicit Resampler(const SoundSink& sink) : sink_(sink) {}
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  // What the frame holds may come out with a later one.
  int Take(const AVFrame& frame);
  // What is still inside.
  int Finish();

 private:
  bool Fits(const AVFrame& frame) const;
  int Configure(const AVFrame& frame);
  int Convert(const std::uint8_t** data, int count);

  static constexpr int kMostAtOnce = 16 * 1'024;

  const SoundSink& sink_;
  SwrContext* context_ = nullptr;
  // Of the frames that the context was made for.
  AVChannelLayout layout_ = {};
  int rate_ = 0;
  int format_ = -1;
  float samples_[kMostAtOnce];
};

}  // namespace vang
