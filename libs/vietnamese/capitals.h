// Capital letters: of a single word, and which words of a sentence are names.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/vietnamese/text_model.h"

namespace vang {

// `word` with its first letter, if Vietnamese or ASCII has it, in upper case.
std::string Capitalized(std::string_view word);

// Whether `word` has a letter of ASCII or Vietnamese in upper (lower) case.
bool HasUpper(std::string_view word);
bool HasLower(std::string_view word);

struct FoundName {
  std::size_t first = 0;  // words first .. first + count
  std::size_t count = 0;
  std::vector<std::string> written;  // one per word, or one for all of an abbreviation
  double confidence = 1;
};

// In order, not overlapping: the phrases of the model by longest match, and people by the pattern
// family name + middle and given names (nguyễn thị hồng vân). `words` is canonical lower case.
std::vector<FoundName> FindNames(std::span<const std::string_view> words, const TextModel& model);

}  // namespace vang
