// Voice activity by loudness alone: a 10 ms frame is speech when it stands out from the noise floor
// around it. No model, a few additions a frame; what it lets through is checked by the recogniser,
// what it holds back is lost, so it leans towards letting through.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace vang {

inline constexpr int kSampleRate = 16000;
inline constexpr std::size_t kVadFrameSamples = 160;  // 10 ms

struct VadOptions {
  // Speech begins after `enter_frames` in a row at least this far above the floor, and ends after
  // `leave_frames` in a row less than that far above it; both reach back to the first such frame.
  float enter_db = 9;
  float leave_db = 6;
  int enter_frames = 5;
  int leave_frames = 40;
  // The floor of a frame is this share of the levels from `past_frames` before it to
  // `future_frames` after it, and at least `lowest_floor_db` (digital silence has no floor).
  float floor_share = 0.1F;
  int past_frames = 300;
  int future_frames = 200;
  float lowest_floor_db = -65;
};

// Mean power of a frame in dB below full scale (a square wave of amplitude 1 is 0), without its
// mean; never less than -100.
float FrameLevel(std::span<const float> samples);

// Labels frames, in order, with a delay of at most future_frames plus leave_frames. Not
// thread-safe. Memory does not grow.
class VoiceActivity {
 public:
  explicit VoiceActivity(const VadOptions& options) : options_(options) {}

  // Appends the labels that have become final, true for speech.
  void Push(float level_db, std::vector<bool>* labels);

  // Appends the labels of all frames that are left; a new sound may follow.
  void Finish(std::vector<bool>* labels);

 private:
  // Levels from -100 to +28 dB, half a dB a bin.
  static constexpr std::size_t kBins = 256;
  static std::size_t Bin(float level_db);

  float Floor() const;
  void DecideNext(std::vector<bool>* labels);

  VadOptions options_;
  std::deque<float> window_;  // the levels that the floor is of
  std::size_t next_ = 0;      // position in window_ of the first undecided frame
  std::array<std::size_t, kBins> histogram_{};
  bool speech_ = false;
  int pending_ = 0;  // frames in a row that speak for the other state
};

}  // namespace vang
