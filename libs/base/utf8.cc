#include "libs/base/utf8.h"

namespace vang {
namespace {

constexpr std::uint32_t kMalformed = 0xFFFFFFFF;

std::uint32_t Decode(std::string_view text, std::size_t* position) {
  auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  std::size_t at = *position;
  std::uint32_t first = byte(at);
  if (first < 0x80) {
    *position = at + 1;
    return first;
  }
  std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  *position = at + 1;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return kMalformed;
  std::uint32_t value = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return kMalformed;
    value = (value << 6) | (byte(at + i) & 0x3Fu);
  }
  bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return kMalformed;
  *position = at + length;
  return value;
}

}  // namespace

std::uint32_t DecodeUtf8(std::string_view text, std::size_t* position) {
  std::uint32_t value = Decode(text, position);
  return value == kMalformed ? kReplacementCharacter : value;
}

void AppendUtf8(std::uint32_t cp, std::string* out) {
  auto put = [out](std::uint32_t b) { out->push_back(static_cast<char>(b)); };
  if (cp < 0x80) {
    put(cp);
  } else if (cp < 0x800) {
    put(0xC0 | (cp >> 6));
    put(0x80 | (cp & 0x3F));
  } else if (cp < 0x10000) {
    put(0xE0 | (cp >> 12));
    put(0x80 | ((cp >> 6) & 0x3F));
    put(0x80 | (cp & 0x3F));
  } else {
    put(0xF0 | (cp >> 18));
    put(0x80 | ((cp >> 12) & 0x3F));
    put(0x80 | ((cp >> 6) & 0x3F));
    put(0x80 | (cp & 0x3F));
  }
}

bool IsValidUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (Decode(text, &i) == kMalformed) return false;
  }
  return true;
}

std::vector<std::uint32_t> ToCodePoints(std::string_view text) {
  std::vector<std::uint32_t> points;
  points.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) points.push_back(DecodeUtf8(text, &i));
  return points;
}

std::string FromCodePoints(const std::vector<std::uint32_t>& code_points) {
  std::string text;
  for (std::uint32_t cp : code_points) AppendUtf8(cp, &text);
  return text;
}

std::size_t Utf8Length(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) DecodeUtf8(text, &i);
  return count;
}

}  // namespace vang
