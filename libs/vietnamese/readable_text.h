// What was heard, as people write it: sentences with their marks, names with capitals, numbers in
// digits, and every change located on both sides. The one entry to the text stage.
//
// Words that a model has written already are respected: where a transcript comes with punctuation,
// no mark is added, and where it comes with capitals, none is changed; text in capitals throughout
// is taken as without.
#pragma once

#include <span>
#include <vector>

#include "libs/common/transcript.h"
#include "libs/vietnamese/syllable.h"
#include "libs/vietnamese/text_model.h"

namespace vang {

struct ReadableOptions {
  ToneStyle tone_style = ToneStyle::kTraditional;
};

// A readable segment is one of the moments that search finds: whole sentences, or parts of one too
// long, kept within these bounds (a single written word may be longer).
inline constexpr std::size_t kMaxReadableLetters = 200;
inline constexpr double kMaxReadableSeconds = 15;

struct ReadableText {
  std::vector<ReadableSegment> segments;
  // In the order of the text. `before` is the words of first_word.., with one space between, and
  // `after` the bytes begin.. of the segment's text. A mark was put in: it has no words and stands
  // before first_word. Kinds: "number", "capital", "abbreviation", "spelling", "punctuation".
  std::vector<TextEdit> edits;
};

// Deterministic and thread-safe. The spans of all segments, in order, hold every word once.
ReadableText MakeReadable(std::span<const RawSegment> segments, const TextModel& model,
                          const ReadableOptions& options = {});

}  // namespace vang
