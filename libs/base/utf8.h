// UTF-8 (RFC 3629) as strictly as the standard has it: no overlong forms, no surrogates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vang {

inline constexpr std::uint32_t kReplacementCharacter = 0xFFFD;

// Reads the code point at `*position` (must be < text.size()) and moves `*position` past it. A
// malformed byte gives kReplacementCharacter and moves one byte.
std::uint32_t DecodeUtf8(std::string_view text, std::size_t* position);

void AppendUtf8(std::uint32_t code_point, std::string* out);

bool IsValidUtf8(std::string_view text);

// The code points of `text`; malformed bytes become kReplacementCharacter.
std::vector<std::uint32_t> ToCodePoints(std::string_view text);
std::string FromCodePoints(const std::vector<std::uint32_t>& code_points);

// Number of code points.
std::size_t Utf8Length(std::string_view text);

}  // namespace vang
