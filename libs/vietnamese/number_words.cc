#include "libs/vietnamese/number_words.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vang {
namespace {

constexpr std::array<std::string_view, 10> kDigits = {"không", "một", "hai", "ba",  "bốn",
                                                      "năm",   "sáu", "bảy", "tám", "chín"};
constexpr std::size_t kMostDigits = 12;
constexpr std::size_t kMostDecimals = 3;

bool AreDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The digits of "4.200" or "4200"; empty when the points are not where thousands are.
std::string JoinThousands(std::string_view number) {
  if (number.find('.') == std::string_view::npos) return std::string(number);
  std::string digits;
  for (bool first = true; !number.empty(); first = false) {
    const std::size_t point = std::min(number.find('.'), number.size());
    const std::string_view group = number.substr(0, point);
    if (first ? group.empty() || group.size() > 3 : group.size() != 3) return {};
    digits += group;
    number.remove_prefix(std::min(point + 1, number.size()));
  }
  return digits;
}

// How regions differ, by a property of the number that spreads evenly.
bool Southern(std::string_view digits) {
  int sum = 0;
  for (const char digit : digits) sum += digit;
  return sum % 2 == 0;
}

// Three digits; `inner` when more significant ones were said before.
void ReadGroup(std::string_view group, bool inner, bool southern, std::vector<std::string>* words) {
  const int hundreds = group[0] - '0';
  const int tens = group[1] - '0';
  const int ones = group[2] - '0';
  const auto say = [&](std::string_view word) { words->emplace_back(word); };
  const auto digit = [&](int value) { say(kDigits[static_cast<std::size_t>(value)]); };
  if (hundreds > 0 || inner) {
    digit(hundreds);
    say("trăm");
  }
  if (tens == 0) {
    if (ones == 0) return;
    if (hundreds > 0 || inner) say(southern ? "lẻ" : "linh");
    digit(ones);
    return;
  }
  if (tens == 1) {
    say("mười");
  } else {
    digit(tens);
    say("mươi");
  }
  if (ones == 0) return;
  if (ones == 5) {
    say("lăm");
  } else if (ones == 1 && tens > 1) {
    say("mốt");
  } else if (ones == 4 && tens > 1) {
    say("tư");
  } else {
    digit(ones);
  }
}

}  // namespace

std::vector<std::string> NumberWords(std::string_view number) {
  const std::size_t comma = std::min(number.find(','), number.size());
  const std::string_view decimals = number.substr(std::min(comma + 1, number.size()));
  std::string digits = JoinThousands(number.substr(0, comma));
  if (!AreDigits(digits) || digits.size() > kMostDigits) return {};
  if (comma < number.size() && (!AreDigits(decimals) || decimals.size() > kMostDecimals)) return {};
  if (digits.size() > 1 && digits[0] == '0') return {};

  std::vector<std::string> words;
  const bool southern = Southern(digits);
  if (digits == "0") {
    words.emplace_back(kDigits[0]);
  } else {
    digits.insert(0, (3 - digits.size() % 3) % 3, '0');
    const std::array<std::string_view, 4> scales = {"", southern ? "ngàn" : "nghìn", "triệu", "tỷ"};
    for (std::size_t at = 0; at < digits.size(); at += 3) {
      const std::string_view group = std::string_view(digits).substr(at, 3);
      if (group == "000") continue;
      ReadGroup(group, at > 0, southern, &words);
      const std::string_view scale = scales[(digits.size() - at) / 3 - 1];
      if (!scale.empty()) words.emplace_back(scale);
    }
  }
  if (comma < number.size()) {
    words.emplace_back("phẩy");
    for (const char decimal : decimals) {
      words.emplace_back(kDigits[static_cast<std::size_t>(decimal - '0')]);
    }
  }
  return words;
}

}  // namespace vang
