#include "libs/speech/segmenter.h"

#include <algorithm>

namespace vang {
namespace {

constexpr auto kFrame = static_cast<std::int64_t>(kVadFrameSamples);

}  // namespace

SpeechSegmenter::SpeechSegmenter(const SegmenterOptions& options)
    : options_(options), vad_(options.vad) {}

double SpeechSegmenter::audio_seconds() const {
  return static_cast<double>(total_samples_) / kSampleRate;
}

double SpeechSegmenter::speech_seconds() const {
  return static_cast<double>(speech_frames_ * kFrame) / kSampleRate;
}

void SpeechSegmenter::Push(std::span<const float> samples, std::vector<SpeechSegment>* segments) {
  // In bites, so that one call with a whole recording does not hold it twice.
  constexpr std::size_t kBite = 1600;
  for (std::size_t at = 0; at < samples.size(); at += kBite) {
    const auto bite = samples.subspan(at, std::min(kBite, samples.size() - at));
    samples_.insert(samples_.end(), bite.begin(), bite.end());
    total_samples_ += static_cast<std::int64_t>(bite.size());
    while ((levels_.size() + 1) * kVadFrameSamples <= samples_.size()) {
      levels_.push_back(FrameLevel(
          std::span(samples_).subspan(levels_.size() * kVadFrameSamples, kVadFrameSamples)));
      vad_.Push(levels_.back(), &labels_);
    }
    Drain(segments);
  }
}

void SpeechSegmenter::Finish(std::vector<SpeechSegment>* segments) {
  vad_.Finish(&labels_);
  Drain(segments);
  if (open_) Emit(speech_end_ + options_.post_roll_frames, segments);
}

void SpeechSegmenter::Drain(std::vector<SpeechSegment>* segments) {
  for (const bool label : labels_) Label(label, segments);
  labels_.clear();
  Forget();
}

void SpeechSegmenter::Label(bool speech, std::vector<SpeechSegment>* segments) {
  const std::int64_t frame = labelled_++;
  if (open_) {
    const std::int64_t pause = frame - speech_end_;
    const bool enough = speech_end_ - begin_ >= options_.enough_frames;
    // A pause is one once the rolls of both sides fit into it.
    const int rolls = options_.post_roll_frames + options_.pre_roll_frames;
    if (pause > options_.max_pause_frames || (enough && pause >= rolls)) {
      Emit(speech_end_ + options_.post_roll_frames, segments);
    } else if (frame - begin_ >= options_.max_frames) {
      // Not too near either end: a piece should be worth its while.
      const std::int64_t cut = QuietestFrame(begin_ + options_.max_frames / 2, frame);
      const std::int64_t end = speech_end_;
      Emit(cut, segments);
      if (end > cut) {
        open_ = true;
        begin_ = cut;
        speech_end_ = end;
      }
    }
  }
  if (!speech) return;
  ++speech_frames_;
  if (!open_) {
    open_ = true;
    begin_ = std::max(emitted_end_, frame - options_.pre_roll_frames);
  }
  speech_end_ = frame + 1;
}

void SpeechSegmenter::Emit(std::int64_t end_frame, std::vector<SpeechSegment>* segments) {
  end_frame = std::min({end_frame, begin_ + options_.max_frames,
                        first_frame_ + static_cast<std::int64_t>(levels_.size())});
  const auto begin = samples_.begin() + (begin_ - first_frame_) * kFrame;
  const auto end = samples_.begin() + (end_frame - first_frame_) * kFrame;
  segments->push_back({begin_ * kFrame, std::vector<float>(begin, end)});
  emitted_end_ = end_frame;
  open_ = false;
}

// The middle of the quietest tenth of a second that lies in [begin, end).
std::int64_t SpeechSegmenter::QuietestFrame(std::int64_t begin, std::int64_t end) const {
  constexpr std::int64_t kWidth = 10;
  std::int64_t best = begin;
  double best_sum = 0;
  for (std::int64_t frame = begin; frame + kWidth <= end; ++frame) {
    double sum = 0;
    for (std::int64_t i = frame; i < frame + kWidth; ++i) {
      sum += static_cast<double>(levels_[static_cast<std::size_t>(i - first_frame_)]);
    }
    if (frame == begin || sum < best_sum) {
      best_sum = sum;
      best = frame + kWidth / 2;
    }
  }
  return best;
}

// Drops what no segment can need any more, now and then, so that the cost of moving the rest is
// spread over seconds of sound.
void SpeechSegmenter::Forget() {
  constexpr std::int64_t kAtLeast = 200;
  const std::int64_t needed =
      open_ ? begin_ : std::max(emitted_end_, labelled_ - options_.pre_roll_frames);
  const std::int64_t drop = needed - first_frame_;
  if (drop < kAtLeast) return;
  samples_.erase(samples_.begin(), samples_.begin() + drop * kFrame);
  levels_.erase(levels_.begin(), levels_.begin() + drop);
  first_frame_ = needed;
}

}  // namespace vang
