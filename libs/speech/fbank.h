// Log-mel filter bank features, as Kaldi computes them and as sherpa-onnx feeds its CTC models: 16
// kHz samples in [-1, 1]; 25 ms Povey windows every 10 ms, centred (edges mirrored), mean removed,
// pre-emphasis 0.97, no dither; 512-point power spectrum; 80 HTK-mel triangles from 20 to 7600 Hz;
// natural logarithm. The network trained on them must see the same numbers when it serves, so the
// trainer and the recogniser both call this.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace vang {

inline constexpr std::size_t kFbankBins = 80;
inline constexpr std::size_t kFbankShift = 160;    // samples from one frame to the next
inline constexpr float kFbankFloor = -15.942385F;  // the feature of digital silence

// Frames that `samples` samples give: one per shift, rounded.
std::size_t FbankFrames(std::size_t samples);

// FbankFrames(samples.size()) rows of kFbankBins. Thread-safe. About an eighth of a millisecond a
// second of sound. Values that are not numbers or beyond [-1, 1] give features that are of no use,
// but defined; none is ever below kFbankFloor.
std::vector<float> ComputeFbank(std::span<const float> samples);

}  // namespace vang
