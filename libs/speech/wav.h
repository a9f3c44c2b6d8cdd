// RIFF/WAVE files: the form in which our own tools exchange sound. What users bring is decoded
// elsewhere; this reads only plain samples, strictly.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang {

struct Sound {
  std::vector<float> samples;  // mono, in [-1, 1]; several channels are averaged
  int sample_rate = 0;
};

// 16-bit integer or 32-bit float samples, 1 to 16 channels, also in the extensible form. Unknown
// chunks are skipped; a data chunk that is cut short (as a pipe leaves it) gives the whole frames
// that are there. kInvalidArgument, saying what, for anything else.
Result<Sound> ParseWav(std::string_view bytes);

// ParseWav of a file of at most 1 GiB.
Result<Sound> ReadWav(const std::filesystem::path& path);

// One channel of 16-bit samples; values beyond [-1, 1] are clipped.
std::string EncodeWav(std::span<const float> samples, int sample_rate);

}  // namespace vang
