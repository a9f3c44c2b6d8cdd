// Whole numbers as they are spoken: the grammar below written_numbers.h. A position in a list of
// words is asked; out of range reads as the empty word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vang {

using SpokenWords = std::span<const std::string_view>;

struct Cardinal {
  std::size_t count = 0;  // words
  std::uint64_t value = 0;
};

// The word at `at`, or "" past the end.
std::string_view WordAt(SpokenWords words, std::size_t at);

// không … chín (bẩy too) as 0 … 9; -1 for any other word.
int DigitOf(std::string_view word);

// mươi, trăm, chục and the powers of a thousand: what multiplies the word before.
bool IsMultiplier(std::string_view word);

// 0 … 99: "ba", "mười lăm", "hai mươi mốt", short "hai lăm". Never reads năm after mươi or mười as
// five: that is "lăm", and hai mươi năm is twenty years. With `inner` (after trăm) "hai ba" is 23.
std::optional<Cardinal> ParseBelowHundred(SpokenWords words, std::size_t at, bool inner = false);

// Any number up to 10^18, with short forms: "hai triệu rưỡi", "một trăm hai", "ba nghìn sáu".
std::optional<Cardinal> ParseCardinal(SpokenWords words, std::size_t at);

// 2500000 → "2.500.000".
std::string WithPoints(std::uint64_t value);

}  // namespace vang
