#include "libs/vietnamese/capitals.h"

#include <algorithm>
#include <array>

#include "libs/base/utf8.h"

namespace vang {
namespace {

// A person's name has at most this many words after the family name.
constexpr std::size_t kMaxGivenWords = 3;
constexpr double kPatternConfidence = 0.8;

std::uint32_t Upper(std::uint32_t c) {
  if (c >= 'a' && c <= 'z') return c - 0x20;
  if (c >= 0xE0 && c <= 0xFD && c != 0xF7) return c - 0x20;
  if (c == 0x1A1) return 0x1A0;
  if (c == 0x1B0) return 0x1AF;
  const bool pairs =
      c == 0x103 || c == 0x111 || c == 0x129 || c == 0x169 || (c >= 0x1EA0 && c <= 0x1EF9);
  return pairs && c % 2 == 1 ? c - 1 : c;
}

bool IsUpper(std::uint32_t c) {
  if (c >= 'A' && c <= 'Z') return true;
  if (c >= 0xC0 && c <= 0xDD && c != 0xD7) return true;
  if (c == 0x1A0 || c == 0x1AF) return true;
  const bool pairs =
      c == 0x102 || c == 0x110 || c == 0x128 || c == 0x168 || (c >= 0x1EA0 && c <= 0x1EF9);
  return pairs && c % 2 == 0;
}

// Family names that are hardly anything else, and such that are words too: the latter need a middle
// name to be believed.
bool IsFamilyName(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "nguyễn", "phạm", "huỳnh", "trịnh", "ngô", "đặng", "bùi", "vũ", "đoàn", "lương", "trần"};
  return std::find(kNames.begin(), kNames.end(), word) != kNames.end();
}

bool IsFamilyNameOrWord(std::string_view word) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "lê",  "hoàng", "phan", "võ", "đỗ",     "hồ",  "dương", "lý",  "đinh",  "mai",
      "cao", "lâm",   "tạ",   "tô", "trương", "đào", "hà",    "chu", "phùng", "tống"};
  return std::find(kNames.begin(), kNames.end(), word) != kNames.end();
}

bool IsMiddleName(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "văn", "thị", "đức", "hữu", "đình", "xuân", "ngọc", "quang", "minh", "công", "thanh"};
  return std::find(kNames.begin(), kNames.end(), word) != kNames.end();
}

// The number of words of a person's name at words[at], or 0.
std::size_t PersonAt(std::span<const std::string_view> words, std::size_t at,
                     const TextModel& model) {
  const bool sure = IsFamilyName(words[at]);
  if (!sure && !IsFamilyNameOrWord(words[at])) return 0;
  std::size_t count = 1;
  const bool middle = at + 1 < words.size() && IsMiddleName(words[at + 1]);
  while (count <= kMaxGivenWords && at + count < words.size()) {
    const std::string_view word = words[at + count];
    if (!model.IsGivenName(word) && !(count == 1 && middle)) break;
    ++count;
  }
  if (count < 2) return 0;
  if (!sure && (!middle || count < 3)) return 0;
  return count;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

std::string Capitalized(std::string_view word) {
  if (word.empty()) return {};
  std::size_t at = 0;
  const std::uint32_t first = DecodeUtf8(word, &at);
  if (Upper(first) == first) return std::string(word);
  std::string out;
  AppendUtf8(Upper(first), &out);
  return out.append(word.substr(at));
}

bool HasUpper(std::string_view word) {
  for (std::size_t at = 0; at < word.size();) {
    if (IsUpper(DecodeUtf8(word, &at))) return true;
  }
  return false;
}

bool HasLower(std::string_view word) {
  for (std::size_t at = 0; at < word.size();) {
    const std::uint32_t c = DecodeUtf8(word, &at);
    if (Upper(c) != c) return true;
  }
  return false;
}

std::vector<FoundName> FindNames(std::span<const std::string_view> words, const TextModel& model) {
  std::vector<FoundName> names;
  for (std::size_t i = 0; i < words.size();) {
    const auto match = model.Find(words, i);
    const std::size_t person = PersonAt(words, i, model);
    if (person > 1 && (!match || person > match->words)) {
      FoundName name{i, person, {}, kPatternConfidence};
      for (std::size_t k = 0; k < person; ++k) name.written.push_back(Capitalized(words[i + k]));
      names.push_back(std::move(name));
      i += person;
    } else if (match) {
      FoundName name{i, match->words, {}, match->share};
      if (match->same_words) {
        name.written = Split(match->written);
      } else {
        name.written = {std::string(match->written)};
      }
      names.push_back(std::move(name));
      i += match->words;
    } else {
      ++i;
    }
  }
  return names;
}

}  // namespace vang
