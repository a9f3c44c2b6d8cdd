#include "apps/vang-decoder/resampler.h"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <cerrno>
#include <span>

namespace vang {
namespace {

constexpr int kSampleRate = 16'000;

}  // namespace

Resampler::~Resampler() {
  ::swr_free(&context_);
  ::av_channel_layout_uninit(&layout_);
}

bool Resampler::Fits(const AVFrame& frame) const {
  return context_ != nullptr && frame.sample_rate == rate_ && frame.format == format_ &&
         ::av_channel_layout_compare(&frame.ch_layout, &layout_) == 0;
}

int Resampler::Configure(const AVFrame& frame) {
  ::swr_free(&context_);
  if (frame.sample_rate <= 0) return AVERROR_INVALIDDATA;
  rate_ = frame.sample_rate;
  format_ = frame.format;
  if (const int error = ::av_channel_layout_copy(&layout_, &frame.ch_layout); error < 0) {
    return error;
  }
  // A file may say how many channels it has without saying where they stand.
  AVChannelLayout known = {};
  if (layout_.order == AV_CHANNEL_ORDER_UNSPEC) {
    ::av_channel_layout_default(&known, layout_.nb_channels);
  } else if (const int error = ::av_channel_layout_copy(&known, &layout_); error < 0) {
    return error;
  }
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  int error = ::swr_alloc_set_opts2(&context_, &mono, AV_SAMPLE_FMT_FLT, kSampleRate, &known,
                                    static_cast<AVSampleFormat>(format_), rate_, 0, nullptr);
  ::av_channel_layout_uninit(&known);
  // Keeps two equal channels from adding up to more than one.
  if (error >= 0) error = ::av_opt_set_double(context_, "rematrix_maxval", 1.0, 0);
  if (error >= 0) error = ::swr_init(context_);
  if (error < 0) ::swr_free(&context_);
  return error;
}

int Resampler::Convert(const std::uint8_t** data, int count) {
  while (true) {
    auto* out = reinterpret_cast<std::uint8_t*>(samples_);
    const int made = ::swr_convert(context_, &out, kMostAtOnce, data, count);
    if (made < 0) return made;
    if (made > 0 && !sink_(std::span(samples_).first(static_cast<std::size_t>(made)))) {
      return AVERROR_EXIT;
    }
    if (made < kMostAtOnce) return 0;
    // The context has kept the rest of the frame.
    count = 0;
  }
}

int Resampler::Take(const AVFrame& frame) {
  if (frame.nb_samples <= 0) return 0;
  if (!Fits(frame)) {
    if (const int error = Finish(); error < 0) return error;
    if (const int error = Configure(frame); error < 0) return error;
  }
  // swr_convert only reads; its parameter lacks a const.
  return Convert(const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
}

int Resampler::Finish() { return context_ == nullptr ? 0 : Convert(nullptr, 0); }

}  // namespace vang
