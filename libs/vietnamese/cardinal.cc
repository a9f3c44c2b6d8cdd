#include "libs/vietnamese/cardinal.h"

#include <algorithm>
#include <array>

namespace vang {
namespace {

constexpr std::uint64_t kThousand = 1'000;
constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kBillion = 1'000'000'000;

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::uint64_t ScaleOf(std::string_view word) {
  if (word == "nghìn" || word == "ngàn") return kThousand;
  if (word == "triệu") return kMillion;
  if (word == "tỷ" || word == "tỉ") return kBillion;
  return 0;
}

// Whether "tư" before this word is four and not the first half of tư duy, tư tưởng, ….
bool TuIsFour(std::string_view next) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "duy", "tưởng", "vấn", "nhân", "cách", "liệu", "thế",
      "thù", "pháp",  "bản", "lệnh", "thục", "sản"};
  return !Holds(kWords, next);
}

// Whether "hai tư" before this word is 24: it is rarer than "ba Tư" and "hai tư thế".
bool CountsAfterShortFour(std::string_view next) {
  static constexpr std::array<std::string_view, 9> kWords = {
      "giờ", "tuổi", "ngày", "tháng", "phút", "đồng", "mét", "phần", "tiếng"};
  return Holds(kWords, next) || ScaleOf(next) > 0;
}

// The ones after mươi; 0 when there are none. `ten` after mười.
int OnesAt(SpokenWords words, std::size_t at, bool ten) {
  const std::string_view word = WordAt(words, at);
  if (word == "lăm" || word == "nhăm") return 5;
  if (word == "mốt") return ten ? 0 : 1;
  if (word == "tư") return TuIsFour(WordAt(words, at + 1)) ? 4 : 0;
  if (word == "năm" || word == "không") return 0;
  const int digit = DigitOf(word);
  // A digit that has a multiplier of its own begins another number.
  return digit > 0 && !(WordAt(words, at + 1) == "mươi" || WordAt(words, at + 1) == "trăm") ? digit
                                                                                            : 0;
}

// 0 … 999. With `inner`, inside a longer number: "không trăm" may fill a gap.
std::optional<Cardinal> ParseBelowThousand(SpokenWords words, std::size_t at, bool inner) {
  const int hundreds = DigitOf(WordAt(words, at));
  if (hundreds < (inner ? 0 : 1) || WordAt(words, at + 1) != "trăm") {
    return ParseBelowHundred(words, at);
  }
  Cardinal number{2, static_cast<std::uint64_t>(hundreds) * 100};
  const std::string_view next = WordAt(words, at + 2);
  if (next == "linh" || next == "lẻ") {
    const std::string_view ones = WordAt(words, at + 3);
    const int digit = ones == "tư" && TuIsFour(WordAt(words, at + 4)) ? 4 : DigitOf(ones);
    if (digit > 0) return Cardinal{4, number.value + static_cast<std::uint64_t>(digit)};
    return number;
  }
  if (next == "rưỡi") return Cardinal{3, number.value + 50};
  const auto rest = ParseBelowHundred(words, at + 2, /*inner=*/true);
  if (!rest || rest->value == 0) return number;
  if (rest->value >= 10) return Cardinal{2 + rest->count, number.value + rest->value};
  // "một trăm hai" is 120; "một trăm năm" is a hundred years.
  const std::string_view after = WordAt(words, at + 3);
  if (next == "năm" || DigitOf(after) >= 0 || after == "trăm" || after == "mươi") return number;
  return Cardinal{3, number.value + rest->value * 10};
}

// What may follow "hai triệu năm" so that it is 2.500.000 and not two million years.
bool EndsAmount(std::string_view word) { return word.empty() || word == "đồng" || word == "đô"; }

}  // namespace

std::string_view WordAt(SpokenWords words, std::size_t at) {
  return at < words.size() ? words[at] : std::string_view();
}

int DigitOf(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kDigits = {
      "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"};
  if (word == "bẩy") return 7;
  const auto found = std::find(kDigits.begin(), kDigits.end(), word);
  return found == kDigits.end() ? -1 : static_cast<int>(found - kDigits.begin());
}

bool IsMultiplier(std::string_view word) {
  return word == "mươi" || word == "trăm" || word == "chục" || word == "vạn" || ScaleOf(word) > 0;
}

std::optional<Cardinal> ParseBelowHundred(SpokenWords words, std::size_t at, bool inner) {
  const std::string_view word = WordAt(words, at);
  const std::string_view next = WordAt(words, at + 1);
  if (word == "mười") {
    if (next == "mươi") return std::nullopt;  // "mười mươi": for certain
    const int ones = OnesAt(words, at + 1, /*ten=*/true);
    return Cardinal{ones > 0 ? std::size_t{2} : 1, static_cast<std::uint64_t>(10 + ones)};
  }
  const int digit = DigitOf(word);
  if (digit < 0) return std::nullopt;
  const auto tens = static_cast<std::uint64_t>(digit) * 10;
  if (digit >= 2) {
    if (next == "mươi") {
      const int ones = OnesAt(words, at + 2, /*ten=*/false);
      return Cardinal{ones > 0 ? std::size_t{3} : 2, tens + static_cast<std::uint64_t>(ones)};
    }
    if (next == "lăm" || next == "nhăm") return Cardinal{2, tens + 5};
    if (next == "mốt") return Cardinal{2, tens + 1};
    const std::string_view after = WordAt(words, at + 2);
    if (next == "tư" && TuIsFour(after) && (inner || CountsAfterShortFour(after))) {
      return Cardinal{2, tens + 4};
    }
    const int ones = DigitOf(next);
    if (inner && ones > 0 && next != "năm" && after != "mươi" && after != "trăm" &&
        DigitOf(after) < 0) {
      return Cardinal{2, tens + static_cast<std::uint64_t>(ones)};
    }
  }
  return Cardinal{1, static_cast<std::uint64_t>(digit)};
}

std::optional<Cardinal> ParseCardinal(SpokenWords words, std::size_t at) {
  std::uint64_t billions = 0;  // what a "tỷ" has closed
  std::uint64_t value = 0;     // what came since
  std::uint64_t scale = 0;     // of the last group; 0 before the first
  std::size_t i = at;
  while (true) {
    std::optional<Cardinal> group;
    const std::string_view word = WordAt(words, i);
    if (scale > 0 && (word == "linh" || word == "lẻ")) {
      const int digit = DigitOf(WordAt(words, i + 1));
      if (digit > 0) group = Cardinal{2, static_cast<std::uint64_t>(digit)};
    } else {
      group = ParseBelowThousand(words, i, scale > 0);
    }
    if (group && group->count == 1 && group->value > 0 && WordAt(words, i + 1) == "chục" &&
        ScaleOf(WordAt(words, i + 2)) > 0) {
      group = Cardinal{2, group->value * 10};
    }
    if (!group) break;
    const std::size_t after = i + group->count;
    const std::uint64_t next_scale = ScaleOf(WordAt(words, after));
    if (next_scale == 0) {
      if (scale == 0) return group;
      if (group->count > 1) {
        value += group->value;
        i = after;
        break;
      }
      // One digit after a scale is the next place: "ba nghìn sáu".
      const std::string_view next = WordAt(words, after);
      const bool five = word == "năm" && !(scale >= kMillion && EndsAmount(next));
      if (group->value == 0 || five || DigitOf(next) >= 0 || IsMultiplier(next)) break;
      value += group->value >= 10 ? group->value : group->value * (scale / 10);
      i = after;
      break;
    }
    if (next_scale == kBillion) {
      if (billions > 0 || value + group->value > kBillion) break;
      billions = (value + group->value) * kBillion;
      value = 0;
    } else {
      if (scale > 0 && next_scale >= scale) break;
      value += group->value * next_scale;
    }
    scale = next_scale;
    i = after + 1;
    // "một nghìn tỷ", "một tỷ tỷ".
    while (ScaleOf(WordAt(words, i)) == kBillion) {
      const std::uint64_t all = billions + value;
      if (all > kBillion) return std::nullopt;
      billions = all * kBillion;
      value = 0;
      scale = kBillion;
      ++i;
    }
    if (WordAt(words, i) == "rưỡi") {
      value += scale / 2;
      ++i;
      break;
    }
  }
  if (i == at) return std::nullopt;
  return Cardinal{i - at, billions + value};
}

std::string WithPoints(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, '.');
  return digits;
}

}  // namespace vang
