// WAV files, and what the segmenter and the features make of whatever samples come out.
#include <algorithm>
#include <cstdint>

#include "libs/speech/fbank.h"
#include "libs/speech/segmenter.h"
#include "libs/speech/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sound = vang::ParseWav({reinterpret_cast<const char*>(data), size});
  if (!sound.ok()) return 0;
  const auto& samples = sound.value().samples;
  if (samples.size() > size) __builtin_trap();
  std::vector<vang::SpeechSegment> segments;
  vang::SpeechSegmenter segmenter({});
  segmenter.Push(samples, &segments);
  segmenter.Finish(&segments);
  vang::ComputeFbank(std::span(samples).first(std::min<std::size_t>(samples.size(), 4000)));
  return 0;
}
