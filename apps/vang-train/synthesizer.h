// Speech from espeak-ng with the time of every syllable: its word and phoneme events say exactly
// when each onset and rime begins, which is worth more to a small network than hours of sound.
#pragma once

#include <string>
#include <vector>

#include "apps/vang-train/audio.h"
#include "libs/base/status.h"

namespace vang::train {

struct SyllableTime {
  double onset = 0;  // seconds
  double rime = 0;
  double end = 0;
};

struct Speech {
  std::vector<float> samples;  // 16 kHz
  // One per word of the text; empty when the events do not match the words (espeak-ng merges some).
  std::vector<SyllableTime> syllables;
};

struct VoiceSettings {
  std::string name = "vi";  // "vi", "vi-vn-x-central", "vi-vn-x-south", with "+variant"
  int words_per_minute = 160;
  int pitch = 50;
};

// One per process: the library keeps global state.
class Synthesizer {
 public:
  Synthesizer();
  ~Synthesizer();
  Synthesizer(const Synthesizer&) = delete;
  Synthesizer& operator=(const Synthesizer&) = delete;

  Result<Speech> Speak(const std::string& text, const VoiceSettings& voice);

 private:
  int rate_ = 0;
};

}  // namespace vang::train
