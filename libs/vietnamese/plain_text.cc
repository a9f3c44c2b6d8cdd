#include "libs/vietnamese/plain_text.h"

#include "libs/base/utf8.h"
#include "libs/vietnamese/letters.h"
#include "libs/vietnamese/number_words.h"
#include "libs/vietnamese/syllable.h"

namespace vang {
namespace {

enum class Kind { kWord, kSpace, kEnd };

bool IsMark(std::uint32_t c) { return c >= 0x300 && c <= 0x36F; }

// Letters of any script and digits make words. Beyond Latin it is enough to tell the common
// punctuation from the rest.
Kind KindOf(std::uint32_t c) {
  if (c == '.' || c == '!' || c == '?' || c == ';' || c == ':' || c == '\n' || c == 0x2026) {
    return Kind::kEnd;
  }
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
    return Kind::kWord;
  }
  const bool latin_punctuation = c < 0xC0 || c == 0xD7 || c == 0xF7;
  const bool general_punctuation = c >= 0x2000 && c <= 0x2BFF;
  const bool wide_punctuation = (c >= 0x3000 && c <= 0x303F) || c == 0xFEFF;
  if (latin_punctuation || general_punctuation || wide_punctuation || c == kReplacementCharacter) {
    return Kind::kSpace;
  }
  return Kind::kWord;
}

// Calls word(text) for each run of letters, marks and digits, and end() at sentence ends. A point
// between digits parts nothing: 4.200 is one number.
template <typename Word, typename End>
void Scan(std::string_view text, Word&& word, End&& end) {
  std::size_t begin = 0;
  bool inside = false;
  const auto is_digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    const std::uint32_t c = DecodeUtf8(text, &at);
    const bool in_number = (c == '.' || c == ',') && inside && is_digit(here - 1) && is_digit(at);
    const Kind kind = in_number ? Kind::kWord : KindOf(c);
    if (kind == Kind::kWord) {
      if (!inside) begin = here;
      inside = true;
      continue;
    }
    if (inside) word(text.substr(begin, here - begin));
    inside = false;
    if (kind == Kind::kEnd) end();
  }
  if (inside) word(text.substr(begin));
}

// Lower case for Latin letters; combining marks are composed where Vietnamese has the letter.
std::string Lower(std::string_view word) {
  std::string out;
  std::optional<Letter> held;
  const auto release = [&] {
    if (held) AppendUtf8(Compose(*held), &out);
    held.reset();
  };
  for (std::size_t at = 0; at < word.size();) {
    const std::uint32_t c = DecodeUtf8(word, &at);
    if (IsMark(c) && held && ApplyMark(c, &*held)) continue;
    release();
    held = ToLetter(c);
    if (!held) AppendUtf8(c, &out);
  }
  release();
  return out;
}

// The ASCII letter under a base letter of Vietnamese.
std::uint32_t WithoutShape(std::uint32_t base) {
  switch (base) {
    case 0x103:  // ă
    case 0xE2:   // â
      return 'a';
    case 0x111:  // đ
      return 'd';
    case 0xEA:  // ê
      return 'e';
    case 0xF4:   // ô
    case 0x1A1:  // ơ
      return 'o';
    case 0x1B0:  // ư
      return 'u';
    default:
      return base;
  }
}

// Whether `part` of `text` has no sign on either side that makes a number something else: a date, a
// range, a time, a negative or a share.
bool StandsAlone(std::string_view text, std::string_view part) {
  constexpr std::string_view kSigns = "/-+:%*^=_~<>";
  const auto begin = static_cast<std::size_t>(part.data() - text.data());
  const std::size_t end = begin + part.size();
  // Beyond ASCII there are dashes and degrees.
  const auto is_sign = [&](char c) {
    return kSigns.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
  };
  return (begin == 0 || !is_sign(text[begin - 1])) && (end == text.size() || !is_sign(text[end]));
}

}  // namespace

std::vector<std::vector<std::string>> PlainSentences(std::string_view text) {
  std::vector<std::vector<std::string>> sentences;
  std::vector<std::string> current;
  const auto end = [&] {
    if (!current.empty()) sentences.push_back(std::move(current));
    current.clear();
  };
  const auto add = [&](std::string plain) {
    if (plain.empty() && !current.empty() && current.back().empty()) return;
    current.push_back(std::move(plain));
  };
  const auto word = [&](std::string_view spelled) {
    if (StandsAlone(text, spelled)) {
      const std::vector<std::string> number = NumberWords(spelled);
      for (const std::string& syllable : number) add(syllable);
      if (!number.empty()) return;
    }
    const std::optional<Syllable> syllable = ParseSyllable(spelled);
    add(syllable ? WriteSyllable(*syllable) : std::string());
  };
  Scan(text, word, end);
  end();
  return sentences;
}

std::vector<LocatedWord> LocatedWords(std::string_view text) {
  std::vector<LocatedWord> words;
  const auto word = [&](std::string_view spelled) {
    const auto begin = static_cast<std::size_t>(spelled.data() - text.data());
    const std::optional<Syllable> syllable = ParseSyllable(spelled);
    words.push_back(
        {begin, begin + spelled.size(), syllable ? WriteSyllable(*syllable) : Lower(spelled)});
  };
  Scan(text, word, [] {});
  return words;
}

std::vector<std::string> FoldedWords(std::string_view text) {
  std::vector<std::string> words;
  for (LocatedWord& word : LocatedWords(text)) words.push_back(std::move(word.text));
  return words;
}

std::string Unaccented(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t c = DecodeUtf8(text, &at);
    if (IsMark(c)) continue;
    const auto letter = ToLetter(c);
    AppendUtf8(letter ? WithoutShape(letter->base) : c, &plain);
  }
  return plain;
}

}  // namespace vang
