#include "apps/vang-train/synthesizer.h"

#include <espeak-ng/speak_lib.h>

#include <algorithm>
#include <cstring>

#include "libs/vietnamese/syllable.h"

namespace vang::train {
namespace {

struct Mark {
  double at = 0;
  bool word = false;  // a word begins; else a phoneme
  std::string phoneme;
};

struct Capture {
  std::vector<float> samples;
  std::vector<Mark> marks;
};

int Collect(short* samples, int count, espeak_EVENT* events) {
  auto* capture = static_cast<Capture*>(events->user_data);
  if (capture == nullptr) return 0;
  for (int i = 0; i < count; ++i) {
    capture->samples.push_back(static_cast<float>(samples[i]) / 32768.0F);
  }
  for (; events->type != espeakEVENT_LIST_TERMINATED; ++events) {
    const double at = events->audio_position / 1000.0;
    if (events->type == espeakEVENT_WORD) {
      capture->marks.push_back({at, true, ""});
    } else if (events->type == espeakEVENT_PHONEME) {
      const char* name = events->id.string;
      capture->marks.push_back({at, false, std::string(name, strnlen(name, 8))});
    }
  }
  return 0;
}

bool IsPause(const std::string& phoneme) { return phoneme.empty() || phoneme[0] == '_'; }

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// The times of the words' syllables, or nothing when events and words do not agree.
std::vector<SyllableTime> Align(const std::vector<std::string>& words,
                                const std::vector<Mark>& marks, double total) {
  std::vector<SyllableTime> times;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!marks[i].word) continue;
    if (times.size() == words.size()) return {};
    // The phonemes up to the next word or pause.
    std::vector<double> starts;
    std::vector<std::string> names;
    double end = total;
    for (std::size_t j = i + 1; j < marks.size(); ++j) {
      if (marks[j].word || (IsPause(marks[j].phoneme) && !starts.empty())) {
        end = marks[j].at;
        break;
      }
      if (IsPause(marks[j].phoneme)) continue;
      starts.push_back(marks[j].at);
      names.push_back(marks[j].phoneme);
    }
    if (starts.empty()) return {};
    const auto syllable = ParseSyllable(words[times.size()]);
    if (!syllable) return {};
    SyllableTime time;
    time.onset = starts.front();
    time.end = std::max(end, time.onset + 0.04);
    std::size_t rime = 1;
    if (syllable->onset == "qu" && names.size() > 2 && names[1] == "w") rime = 2;
    if (syllable->onset.empty()) {
      time.rime = time.onset + std::min(0.04, (time.end - time.onset) / 3);
    } else if (rime < starts.size()) {
      time.rime = starts[rime];
    } else {
      time.rime = time.onset + 0.35 * (time.end - time.onset);
    }
    times.push_back(time);
  }
  if (times.size() != words.size()) return {};
  return times;
}

}  // namespace

Synthesizer::Synthesizer() {
  rate_ = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, nullptr,
                            espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_DONT_EXIT);
  espeak_SetSynthCallback(Collect);
}

Synthesizer::~Synthesizer() { espeak_Terminate(); }

Result<Speech> Synthesizer::Speak(const std::string& text, const VoiceSettings& voice) {
  if (rate_ <= 0)
    return Unavailable("espeak-ng could not be started; is espeak-ng-data installed?");
  if (espeak_SetVoiceByName(voice.name.c_str()) != EE_OK) {
    return NotFound("espeak-ng has no voice '" + voice.name + "'");
  }
  espeak_SetParameter(espeakRATE, voice.words_per_minute, 0);
  espeak_SetParameter(espeakPITCH, voice.pitch, 0);
  Capture capture;
  if (espeak_Synth(text.c_str(), text.size() + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, nullptr,
                   &capture) != EE_OK) {
    return Unavailable("espeak-ng could not say '" + text + "'");
  }
  Speech speech;
  const double total = static_cast<double>(capture.samples.size()) / rate_;
  speech.syllables = Align(Words(text), capture.marks, total);
  speech.samples = Resample(capture.samples, rate_, 16'000);
  return speech;
}

}  // namespace vang::train
