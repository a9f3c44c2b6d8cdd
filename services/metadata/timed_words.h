// The words of a readable segment as people read them ("2.500.000", a corrected name), each with
// the time at which it is spoken: what a player follows and what subtitles are cut from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/common/transcript.h"

namespace vang::metadata {

struct TimedWord {
  std::string text;
  double start = 0;  // seconds
  double end = 0;
  double confidence = 0;  // 0..1
  bool edited = false;    // put there by a person
};

// The words of all segments, one after the other: what TextSpan::first_word counts.
std::vector<Word> FlattenWords(const RawTranscript& raw);

// The words of `segment`, in order, with times that do not run backwards. `words` is of
// FlattenWords; spans that point outside of it are passed over. With `edited_text`, the words that
// it shares with the segment's text at front and back keep their times and those between share the
// time that is left, by their length.
std::vector<TimedWord> TimedWords(const ReadableSegment& segment, const std::vector<Word>& words,
                                  const std::optional<std::string>& edited_text = std::nullopt);

}  // namespace vang::metadata
