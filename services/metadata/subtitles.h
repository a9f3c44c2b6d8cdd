// SubRip and WebVTT out of timed words: cues of at most two lines of 42 characters and 7 seconds.
#pragma once

#include <string>
#include <vector>

#include "services/metadata/timed_words.h"

namespace vang::metadata {

struct SpokenSegment {
  std::string speaker;  // a name; empty = unknown
  std::vector<TimedWord> words;
};

struct Cue {
  double start = 0;  // seconds
  double end = 0;
  std::string speaker;
  std::vector<std::string> lines;  // one or two
};

inline constexpr std::size_t kLineLength = 42;  // characters
inline constexpr double kCueSeconds = 7;

// Cues in order; none overlaps the next, none is empty, and a word is never torn apart (one longer
// than a line stands alone in its cue). A cue ends before a pause, after a sentence, at the end of
// its segment, and where it would grow beyond the limits.
std::vector<Cue> MakeCues(const std::vector<SpokenSegment>& segments);

std::string WriteSrt(const std::vector<Cue>& cues);
// WebVTT (W3C): text escaped, the speaker as a voice tag.
std::string WriteVtt(const std::vector<Cue>& cues);

}  // namespace vang::metadata
