#include "libs/speech/vad.h"

#include <algorithm>
#include <cmath>

namespace vang {
namespace {

constexpr float kLowestLevel = -100;

}  // namespace

float FrameLevel(std::span<const float> samples) {
  if (samples.empty()) return kLowestLevel;
  double sum = 0;
  double squares = 0;
  for (const float sample : samples) {
    sum += static_cast<double>(sample);
    squares += static_cast<double>(sample) * static_cast<double>(sample);
  }
  const auto count = static_cast<double>(samples.size());
  const double power = squares / count - (sum / count) * (sum / count);
  // Also false for what is not a number.
  if (!(power > 1e-10)) return kLowestLevel;
  return static_cast<float>(10 * std::log10(power));
}

std::size_t VoiceActivity::Bin(float level_db) {
  const float bin = (level_db - kLowestLevel) * 2;
  return static_cast<std::size_t>(std::clamp(bin, 0.0F, static_cast<float>(kBins - 1)));
}

float VoiceActivity::Floor() const {
  const auto wanted =
      static_cast<std::size_t>(options_.floor_share * static_cast<float>(window_.size()));
  std::size_t seen = 0;
  std::size_t bin = 0;
  for (; bin + 1 < kBins; ++bin) {
    seen += histogram_[bin];
    if (seen > wanted) break;
  }
  return std::max(kLowestLevel + static_cast<float>(bin) / 2, options_.lowest_floor_db);
}

void VoiceActivity::Push(float level_db, std::vector<bool>* labels) {
  window_.push_back(level_db);
  ++histogram_[Bin(level_db)];
  if (window_.size() > next_ + static_cast<std::size_t>(options_.future_frames)) {
    DecideNext(labels);
  }
}

void VoiceActivity::DecideNext(std::vector<bool>* labels) {
  const float margin = speech_ ? options_.leave_db : options_.enter_db;
  const bool loud = window_[next_] >= Floor() + margin;
  if (loud == speech_) {
    labels->insert(labels->end(), static_cast<std::size_t>(pending_) + 1, speech_);
    pending_ = 0;
  } else if (++pending_ >= (speech_ ? options_.leave_frames : options_.enter_frames)) {
    speech_ = !speech_;
    labels->insert(labels->end(), static_cast<std::size_t>(pending_), speech_);
    pending_ = 0;
  }
  if (next_ < static_cast<std::size_t>(options_.past_frames)) {
    ++next_;
  } else {
    --histogram_[Bin(window_.front())];
    window_.pop_front();
  }
}

void VoiceActivity::Finish(std::vector<bool>* labels) {
  while (next_ < window_.size()) DecideNext(labels);
  // What did not last long enough to be speech is none, and quiet at the end is quiet.
  labels->insert(labels->end(), static_cast<std::size_t>(pending_), false);
  *this = VoiceActivity(options_);
}

}  // namespace vang
