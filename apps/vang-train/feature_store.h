// Utterances ready for training in one file: features at 8 bits, units, and for synthetic speech
// the unit of every output frame. Made once, read into memory by the trainer.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/status.h"
#include "libs/speech/fbank.h"

namespace vang::train {

// Frames of features to one frame of the network's output, and what the two convolutions eat.
inline constexpr int kSubsampling = 4;
inline std::size_t OutputFrames(std::size_t frames) { return frames < 7 ? 0 : (frames - 3) / 4; }

struct Utterance {
  std::uint32_t frames = 0;
  std::vector<std::uint8_t> features;      // frames * kFbankBins
  std::vector<std::int16_t> units;         // onset, rime, onset, rime …
  std::vector<std::int16_t> frame_labels;  // OutputFrames(frames), or empty
};

// 8 bits over the range that log mel energies of real sound have: -16 … 9.5 in steps of 0.1.
std::uint8_t Quantise(float feature);
inline float Dequantise(std::uint8_t q) { return static_cast<float>(q) * 0.1F - 16.0F; }

class FeatureWriter {
 public:
  static Result<std::unique_ptr<FeatureWriter>> Create(const std::string& path);
  // Computes the features of `samples` (16 kHz) and appends the utterance.
  void Add(const std::vector<float>& samples, std::vector<std::int16_t> units,
           std::vector<std::int16_t> frame_labels);
  double seconds() const { return seconds_; }
  Status Close();

 private:
  std::ofstream file_;
  double seconds_ = 0;
};

Result<std::vector<Utterance>> ReadFeatures(const std::string& path);

}  // namespace vang::train
