// The letters of written Vietnamese, taken apart: a base letter (with ^, ˘ or horn) and a tone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "libs/vietnamese/syllable.h"

namespace vang {

struct Letter {
  std::uint32_t base = 0;  // lower case, without tone: a ă â … đ, or any ASCII letter
  Tone tone = Tone::kLevel;
};

// The letter that `code_point` is, either case; U+00D0 and U+00F0, which old fonts used for đ, are
// đ. Nothing when it is no letter of Vietnamese or of ASCII.
std::optional<Letter> ToLetter(std::uint32_t code_point);

// Puts a combining mark on `letter`. False when it is not a Vietnamese mark or does not go there.
bool ApplyMark(std::uint32_t mark, Letter* letter);

// The composed lower-case code point.
std::uint32_t Compose(Letter letter);

// a ă â e ê i o ô ơ u ư y, without tone.
bool IsVowel(std::uint32_t base);

}  // namespace vang
