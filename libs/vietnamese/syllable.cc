#include "libs/vietnamese/syllable.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "libs/base/utf8.h"
#include "libs/vietnamese/letters.h"

namespace vang {
namespace {

constexpr std::array<std::string_view, 28> kOnsets = {
    "",  "b",  "c",   "ch", "d", "đ",  "g",  "gh", "gi", "h", "k",  "kh", "l", "m",
    "n", "ng", "ngh", "nh", "p", "ph", "qu", "r",  "s",  "t", "th", "tr", "v", "x"};

constexpr auto kRimes = std::to_array<std::string_view>({
    "a",    "ac",   "ach",  "ai",   "am",   "an",   "ang",  "anh",  "ao",  "ap",  "at",  "au",
    "ay",   "ăc",   "ăm",   "ăn",   "ăng",  "ăp",   "ăt",   "âc",   "âm",  "ân",  "âng", "âp",
    "ât",   "âu",   "ây",   "e",    "ec",   "em",   "en",   "eng",  "eo",  "ep",  "et",  "ê",
    "êch",  "êm",   "ên",   "ênh",  "êp",   "êt",   "êu",   "i",    "ia",  "ich", "iêc", "iêm",
    "iên",  "iêng", "iêp",  "iêt",  "iêu",  "im",   "in",   "inh",  "ip",  "it",  "iu",  "o",
    "oa",   "oac",  "oach", "oai",  "oam",  "oan",  "oang", "oanh", "oao", "oap", "oat", "oay",
    "oăc",  "oăm",  "oăn",  "oăng", "oăt",  "oc",   "oe",   "oen",  "oeo", "oet", "oi",  "om",
    "on",   "ong",  "ooc",  "oong", "op",   "ot",   "ô",    "ôc",   "ôi",  "ôm",  "ôn",  "ông",
    "ôp",   "ôt",   "ơ",    "ơi",   "ơm",   "ơn",   "ơp",   "ơt",   "u",   "ua",  "uân", "uâng",
    "uât",  "uây",  "uc",   "uê",   "uêch", "uên",  "uênh", "uêt",  "ui",  "um",  "un",  "ung",
    "uơ",   "uôc",  "uôi",  "uôm",  "uôn",  "uông", "uôt",  "up",   "ut",  "uy",  "uya", "uych",
    "uyên", "uyêt", "uyn",  "uynh", "uyp",  "uyt",  "uyu",  "ư",    "ưa",  "ưc",  "ưi",  "ưm",
    "ưn",   "ưng",  "ươc",  "ươi",  "ươm",  "ươn",  "ương", "ươp",  "ươt", "ươu", "ưt",  "ưu",
    "y",    "ych",  "yêm",  "yên",  "yêng", "yêt",  "yêu",  "yn",   "ynh", "yp",  "yt",  "yu",
});

bool IsRime(std::string_view text) {
  static const std::unordered_set<std::string_view> rimes(kRimes.begin(), kRimes.end());
  return rimes.contains(text);
}

// The letters of `word` without tone, and the tone.
std::optional<Syllable> Decompose(std::string_view word) {
  constexpr std::size_t kLongest = 64;  // bytes; nothing longer is a syllable
  if (word.empty() || word.size() > kLongest) return std::nullopt;
  std::vector<Letter> letters;
  for (std::size_t at = 0; at < word.size();) {
    const std::uint32_t code_point = DecodeUtf8(word, &at);
    if (const std::optional<Letter> letter = ToLetter(code_point)) {
      letters.push_back(*letter);
    } else if (letters.empty() || !ApplyMark(code_point, &letters.back())) {
      return std::nullopt;
    }
  }
  Syllable syllable;
  for (const Letter& letter : letters) {
    AppendUtf8(letter.base, &syllable.rime);
    if (letter.tone == Tone::kLevel) continue;
    if (syllable.tone != Tone::kLevel) return std::nullopt;
    syllable.tone = letter.tone;
  }
  return syllable;
}

}  // namespace

std::span<const std::string_view> Onsets() { return kOnsets; }
std::span<const std::string_view> Rimes() { return kRimes; }

bool RimeBears(std::string_view rime, Tone tone) {
  const bool stopped =
      rime.ends_with('c') || rime.ends_with("ch") || rime.ends_with('p') || rime.ends_with('t');
  return !stopped || tone == Tone::kRising || tone == Tone::kHeavy;
}

std::optional<Syllable> ParseSyllable(std::string_view word) {
  std::optional<Syllable> syllable = Decompose(word);
  if (!syllable) return std::nullopt;
  const std::string letters = std::move(syllable->rime);
  // The longest onset that leaves a rime: gi-ang, but g-i and g-iêng.
  std::size_t longest = 0;
  bool found = false;
  for (const std::string_view onset : kOnsets) {
    if (!letters.starts_with(onset) || (found && onset.size() <= longest)) continue;
    if (!IsRime(std::string_view(letters).substr(onset.size()))) continue;
    found = true;
    longest = onset.size();
  }
  if (!found) return std::nullopt;
  syllable->onset = letters.substr(0, longest);
  syllable->rime = letters.substr(longest);
  if (!RimeBears(syllable->rime, syllable->tone)) return std::nullopt;
  return syllable;
}

std::string ToneRime(std::string_view rime, Tone tone) {
  const std::vector<std::uint32_t> letters = ToCodePoints(rime);
  std::size_t vowels = 0;
  std::optional<std::size_t> marked;  // the last vowel that bears ^, ˘ or a horn
  while (vowels < letters.size() && IsVowel(letters[vowels])) {
    if (letters[vowels] > 0x7F) marked = vowels;
    ++vowels;
  }
  std::size_t place = 0;
  if (marked) {
    place = *marked;
  } else if (vowels < letters.size() && vowels > 0) {
    place = vowels - 1;
  } else if (vowels >= 3) {
    place = 1;
  }
  std::string out;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    AppendUtf8(i == place ? Compose({letters[i], tone}) : letters[i], &out);
  }
  return out;
}

std::string WriteSyllable(const Syllable& syllable) {
  return syllable.onset + ToneRime(syllable.rime, syllable.tone);
}

std::string WriteSyllable(const Syllable& syllable, ToneStyle style) {
  const std::string& rime = syllable.rime;
  const bool open = rime == "oa" || rime == "oe" || rime == "uy";
  if (style == ToneStyle::kTraditional || !open) return WriteSyllable(syllable);
  return syllable.onset + rime.substr(0, 1) + ToneRime(rime.substr(1), syllable.tone);
}

}  // namespace vang
