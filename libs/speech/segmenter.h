// A stream of samples into pieces that the recogniser takes: stretches of speech, joined across
// short pauses and cut where it is quietest before they grow too long. However long the stream is,
// no more than one piece and the look-ahead is held.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/speech/vad.h"

namespace vang {

struct SegmenterOptions {
  VadOptions vad;
  // Kept before and after speech, in frames of 10 ms: quiet beginnings and ends of words.
  int pre_roll_frames = 20;
  int post_roll_frames = 15;
  // A piece ends at the first pause once it is this long; before that, only at a pause that is
  // longer than max_pause_frames. No piece is longer than max_frames.
  int enough_frames = 1000;
  int max_frames = 2000;
  int max_pause_frames = 200;
};

struct SpeechSegment {
  std::int64_t first_sample = 0;  // counted from the start of the stream
  std::vector<float> samples;     // 16 kHz, at most max_frames frames

  double start_seconds() const { return static_cast<double>(first_sample) / kSampleRate; }
  double seconds() const { return static_cast<double>(samples.size()) / kSampleRate; }
};

// Segments come in order and never overlap. Not thread-safe.
class SpeechSegmenter {
 public:
  explicit SpeechSegmenter(const SegmenterOptions& options);

  // Appends the segments that are complete. Samples are 16 kHz mono; how they are split over calls
  // makes no difference.
  void Push(std::span<const float> samples, std::vector<SpeechSegment>* segments);

  // Appends what is left; afterwards the object must not be used any more, but for its figures.
  void Finish(std::vector<SpeechSegment>* segments);

  // Seconds pushed, and how many of them were speech (pauses and rolls left out).
  double audio_seconds() const;
  double speech_seconds() const;

  // Samples held now.
  std::size_t buffered_samples() const { return samples_.size(); }

 private:
  void Drain(std::vector<SpeechSegment>* segments);
  void Label(bool speech, std::vector<SpeechSegment>* segments);
  void Emit(std::int64_t end_frame, std::vector<SpeechSegment>* segments);
  std::int64_t QuietestFrame(std::int64_t begin, std::int64_t end) const;
  void Forget();

  SegmenterOptions options_;
  VoiceActivity vad_;
  std::vector<float> samples_;  // from frame first_frame_ on
  std::vector<float> levels_;   // likewise
  std::vector<bool> labels_;    // scratch
  std::int64_t first_frame_ = 0;
  std::int64_t labelled_ = 0;  // frames whose label is known
  std::int64_t speech_frames_ = 0;
  std::int64_t total_samples_ = 0;

  bool open_ = false;             // a segment has begun
  std::int64_t begin_ = 0;        // its first frame
  std::int64_t speech_end_ = 0;   // the frame after its last frame of speech
  std::int64_t emitted_end_ = 0;  // the frame after the segment before it
};

}  // namespace vang
