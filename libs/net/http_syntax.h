// Character classes and small helpers of RFC 9110 section 5, shared by what reads and what writes
// HTTP. ASCII only, whatever the locale.
#pragma once

#include <algorithm>
#include <string_view>

namespace vang::net {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Whether `text` is a token: a method, the name of a header.
inline bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// Without spaces and tabs at either end.
inline std::string_view TrimSpace(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Whether the comma-separated list holds `word`.
inline bool ListHas(std::string_view list, std::string_view word) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (EqualsIgnoringCase(TrimSpace(list.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace vang::net
