#include "libs/vietnamese/letters.h"

#include <array>
#include <unordered_map>

#include "libs/base/utf8.h"

namespace vang {
namespace {

// Each vowel with its six tones, lower case then upper.
constexpr std::array<std::string_view, 12> kVowels = {
    "aàáảãạAÀÁẢÃẠ", "ăằắẳẵặĂẰẮẲẴẶ", "âầấẩẫậÂẦẤẨẪẬ", "eèéẻẽẹEÈÉẺẼẸ", "êềếểễệÊỀẾỂỄỆ", "iìíỉĩịIÌÍỈĨỊ",
    "oòóỏõọOÒÓỎÕỌ", "ôồốổỗộÔỒỐỔỖỘ", "ơờớởỡợƠỜỚỞỠỢ", "uùúủũụUÙÚỦŨỤ", "ưừứửữựƯỪỨỬỮỰ", "yỳýỷỹỵYỲÝỶỸỴ"};

struct Tables {
  std::unordered_map<std::uint32_t, Letter> letters;
  std::unordered_map<std::uint32_t, std::array<std::uint32_t, kToneCount>> composed;
};

const Tables& GetTables() {
  static const Tables tables = [] {
    Tables made;
    for (const std::string_view vowel : kVowels) {
      const std::vector<std::uint32_t> forms = ToCodePoints(vowel);
      for (std::size_t i = 0; i < forms.size(); ++i) {
        const auto tone = static_cast<Tone>(i % kToneCount);
        made.letters[forms[i]] = {forms[0], tone};
        if (i < kToneCount) made.composed[forms[0]][i] = forms[i];
      }
    }
    for (std::uint32_t letter = 'a'; letter <= 'z'; ++letter) {
      made.letters.try_emplace(letter, Letter{letter, Tone::kLevel});
      made.letters.try_emplace(letter - 'a' + 'A', Letter{letter, Tone::kLevel});
    }
    for (const std::uint32_t d : {0x110U, 0x111U, 0xD0U, 0xF0U}) made.letters[d] = {0x111, {}};
    return made;
  }();
  return tables;
}

constexpr std::uint32_t kCircumflex = 0x302;
constexpr std::uint32_t kBreve = 0x306;
constexpr std::uint32_t kHorn = 0x31B;

std::uint32_t WithShape(std::uint32_t mark, std::uint32_t base) {
  switch (base) {
    case 'a':
      return mark == kCircumflex ? 0xE2 : mark == kBreve ? 0x103 : 0;
    case 'e':
      return mark == kCircumflex ? 0xEA : 0;
    case 'o':
      return mark == kCircumflex ? 0xF4 : mark == kHorn ? 0x1A1 : 0;
    case 'u':
      return mark == kHorn ? 0x1B0 : 0;
    default:
      return 0;
  }
}

}  // namespace

std::optional<Letter> ToLetter(std::uint32_t code_point) {
  const auto& letters = GetTables().letters;
  const auto found = letters.find(code_point);
  if (found == letters.end()) return std::nullopt;
  return found->second;
}

bool ApplyMark(std::uint32_t mark, Letter* letter) {
  constexpr std::array<std::uint32_t, kToneCount> kToneMarks = {0,     0x300, 0x301,
                                                                0x309, 0x303, 0x323};
  if (mark == kCircumflex || mark == kBreve || mark == kHorn) {
    const std::uint32_t shaped = WithShape(mark, letter->base);
    if (shaped != 0) letter->base = shaped;
    return shaped != 0;
  }
  for (std::size_t tone = 1; tone < kToneMarks.size(); ++tone) {
    if (kToneMarks[tone] != mark) continue;
    if (letter->tone != Tone::kLevel || !IsVowel(letter->base)) return false;
    letter->tone = static_cast<Tone>(tone);
    return true;
  }
  return false;
}

std::uint32_t Compose(Letter letter) {
  const auto& composed = GetTables().composed;
  const auto found = composed.find(letter.base);
  if (found == composed.end()) return letter.base;
  return found->second[static_cast<std::size_t>(letter.tone)];
}

bool IsVowel(std::uint32_t base) { return GetTables().composed.contains(base); }

}  // namespace vang
