// The written Vietnamese syllable: an onset, a rime and one of six tones. Whatever way a syllable
// is typed (capitals, composed or combining marks, hoà or hòa), it has one canonical form here:
// lower case, NFC, the tone where traditional spelling puts it (hòa, thúy). Words that are not
// spelled as Vietnamese has it are told apart; whether a well-formed syllable means anything is not
// judged.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vang {

// In the order of the alphabet's tables: a à á ả ã ạ.
enum class Tone { kLevel, kFalling, kRising, kDipping, kBroken, kHeavy };
inline constexpr int kToneCount = 6;

struct Syllable {
  std::string onset;  // one of Onsets(); empty when the syllable begins with its vowel
  std::string rime;   // one of Rimes()
  Tone tone = Tone::kLevel;

  friend bool operator==(const Syllable&, const Syllable&) = default;
};

// The syllable that `word` spells, or nothing when it is not one: a letter or a cluster that
// Vietnamese does not have, a second tone, a tone that the rime cannot bear (a rime that ends in
// c, ch, p or t bears only ´ and .). Malformed UTF-8 is not a syllable.
std::optional<Syllable> ParseSyllable(std::string_view word);

// The canonical form. WriteSyllable(*ParseSyllable(w)) is w for canonical w.
std::string WriteSyllable(const Syllable& syllable);

// Where the tone of an open oa, oe or uy is written: hòa, thúy or hoà, thuý. All else is alike.
enum class ToneStyle { kTraditional, kModern };

// How `syllable` is shown in a style. The traditional one is the canonical form.
std::string WriteSyllable(const Syllable& syllable, ToneStyle style);

// `rime` with its tone mark; the canonical form is the onset and this, one after the other.
std::string ToneRime(std::string_view rime, Tone tone);

// Whether the rime can bear the tone.
bool RimeBears(std::string_view rime, Tone tone);

// All spellings of an onset, the empty one first, and of a rime without its tone.
std::span<const std::string_view> Onsets();
std::span<const std::string_view> Rimes();

}  // namespace vang
