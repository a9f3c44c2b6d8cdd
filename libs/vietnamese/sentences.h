// Where speech becomes sentences: pauses say how long somebody stopped, the words around a pause
// say whether a sentence can end there, and the closing words say whether it was a question.
// Precision comes first: a mark that is missing disturbs less than one that is wrong.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace vang {

struct SpokenWord {
  std::string_view text;  // canonical lower case
  double pause = 0;       // seconds of silence after it
};

enum class Mark { kNone, kComma, kPeriod, kQuestion };

struct MarkAfter {
  Mark mark = Mark::kNone;
  double confidence = 0;  // 0..1
};

// One mark per word, the one that follows it. The last word always ends a sentence.
std::vector<MarkAfter> FindSentences(std::span<const SpokenWord> words);

// Whether a sentence of these canonical words asks: by a closing particle (… phải không, … hả) or a
// question word where it asks and does not relate (… ở đâu, tại sao …).
bool IsQuestion(std::span<const std::string_view> words);

}  // namespace vang
