#include "libs/vietnamese/calendar_numbers.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vang {
namespace {

constexpr std::uint64_t kFirstYear = 1000;
constexpr std::uint64_t kLastYear = 2999;

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsShortOnes(std::string_view word) {
  return word == "lăm" || word == "nhăm" || word == "mốt" || word == "tư";
}

std::string TwoDigits(std::uint64_t value) {
  char text[8];
  std::snprintf(text, sizeof(text), "%02u", static_cast<unsigned>(value % 100));
  return text;
}

// Two digits said one after the other, "bảy lăm" or "không ba"; the words are always two.
std::optional<std::uint64_t> ParsePair(SpokenWords words, std::size_t at) {
  const int tens = DigitOf(WordAt(words, at));
  if (tens < 0) return std::nullopt;
  const std::string_view last = WordAt(words, at + 1);
  int ones = DigitOf(last);
  if (IsShortOnes(last)) ones = last == "mốt" ? 1 : last == "tư" ? 4 : 5;
  if (ones < 0) return std::nullopt;
  return static_cast<std::uint64_t>(tens * 10 + ones);
}

// A number of at least two digits below a hundred, in any way of saying it.
std::optional<Cardinal> ParseTens(SpokenWords words, std::size_t at) {
  if (const auto number = ParseBelowHundred(words, at); number && number->value >= 10) {
    return number;
  }
  const auto pair = ParsePair(words, at);
  if (!pair || DigitOf(WordAt(words, at + 2)) >= 0 || IsMultiplier(WordAt(words, at + 2))) {
    return std::nullopt;
  }
  return Cardinal{2, *pair};
}

struct Month {
  std::size_t count = 0;
  std::uint64_t value = 0;
};

std::optional<Month> ParseMonth(SpokenWords words, std::size_t at) {
  static constexpr std::array<std::string_view, 9> kCounted = {
      "lần", "ngày", "tuần", "người", "đứa", "con", "cái", "buổi", "trăm"};
  const std::string_view word = WordAt(words, at);
  Month month{1, 4};
  if (word != "tư") {
    const auto number = ParseBelowHundred(words, at);
    if (!number || number->value < 1 || number->value > 12) return std::nullopt;
    month = {number->count, number->value};
  }
  const std::string_view next = WordAt(words, at + month.count);
  if (Holds(kCounted, next) || IsMultiplier(next)) return std::nullopt;
  // "tháng năm nay" would be this year's; "tháng năm năm nay" is May.
  static constexpr std::array<std::string_view, 5> kAfterYear = {"nay", "ngoái", "trước", "sau",
                                                                 "qua"};
  if (word == "năm" && month.count == 1 && Holds(kAfterYear, next)) return std::nullopt;
  return month;
}

// "tháng" at `at`, its number, and perhaps the year; `day` 0 for none.
std::optional<WrittenNumber> ParseMonthAndYear(SpokenWords words, std::size_t at,
                                               std::uint64_t day) {
  if (WordAt(words, at) != "tháng") return std::nullopt;
  const auto month = ParseMonth(words, at + 1);
  if (!month) return std::nullopt;
  WrittenNumber date;
  date.first = at + 1;
  date.count = month->count;
  std::size_t end = at + 1 + month->count;
  std::optional<WrittenNumber> year;
  if (WordAt(words, end) == "năm") {
    year = ParseYear(words, end + 1);
    if (year && year->text.size() != 4) year.reset();
  }
  if (year) {
    end = year->first + year->count;
    date.count = end - date.first;
  }
  if (day > 0) {
    date.text = year ? TwoDigits(day) + "/" + TwoDigits(month->value)
                     : std::to_string(day) + "/" + std::to_string(month->value);
  } else {
    date.text = std::to_string(month->value);
  }
  if (year) date.text += "/" + year->text;
  return date;
}

}  // namespace

std::optional<WrittenNumber> ParseYear(SpokenWords words, std::size_t at) {
  const auto century = ParsePair(words, at);
  if (century && *century >= 10 && *century <= 29 && !IsShortOnes(WordAt(words, at + 1))) {
    if (const auto rest = ParseTens(words, at + 2)) {
      return WrittenNumber{at, 2 + rest->count, std::to_string(*century) + TwoDigits(rest->value),
                           0.95};
    }
  }
  // "mười chín bảy lăm".
  if (const auto tens = ParseBelowHundred(words, at);
      tens && tens->value >= 10 && tens->value <= 20) {
    if (const auto rest = ParseTens(words, at + tens->count)) {
      return WrittenNumber{at, tens->count + rest->count,
                           std::to_string(tens->value) + TwoDigits(rest->value), 0.9};
    }
  }
  const auto number = ParseCardinal(words, at);
  if (!number) return std::nullopt;
  const std::string_view next = WordAt(words, at + number->count);
  if (number->value >= kFirstYear && number->value <= kLastYear && next != "đồng" &&
      next != "người") {
    return WrittenNumber{at, number->count, std::to_string(number->value), 0.95};
  }
  // "năm bảy lăm".
  if (number->count == 2 && number->value < 100 && IsShortOnes(WordAt(words, at + 1))) {
    return WrittenNumber{at, 2, std::to_string(number->value), 0.8};
  }
  return std::nullopt;
}

std::optional<WrittenNumber> ParseDate(SpokenWords words, std::size_t at) {
  static constexpr std::array<std::string_view, 6> kHalfDays = {"hôm", "sáng", "chiều",
                                                                "tối", "đêm",  "trưa"};
  const std::string_view word = WordAt(words, at);
  const std::string_view before = at > 0 ? words[at - 1] : std::string_view();
  if (word == "năm" && DigitOf(before) < 0) {
    if (auto year = ParseYear(words, at + 1)) return year;
  }
  const bool lunar = word == "mùng" || word == "mồng";
  if (word == "ngày" || lunar || Holds(kHalfDays, word)) {
    const auto day = ParseBelowHundred(words, at + 1);
    if (day && day->value >= 1 && day->value <= (lunar ? 10U : 31U)) {
      const std::size_t end = at + 1 + day->count;
      const WrittenNumber alone{at + 1, day->count, std::to_string(day->value), 0.95};
      if (lunar) return alone;
      if (auto date = ParseMonthAndYear(words, end, day->value)) {
        return WrittenNumber{at + 1, date->first + date->count - at - 1, date->text, 0.95};
      }
      if (word == "ngày" && WordAt(words, end) == "tháng") return alone;
    }
  }
  // "ba mươi tháng tư": a day that cannot be a number of months, or one that has a year.
  if (const auto day = ParseBelowHundred(words, at);
      day && day->value >= 1 && day->value <= 31 && DigitOf(before) < 0) {
    auto date = ParseMonthAndYear(words, at + day->count, day->value);
    if (date && (day->value > 12 || date->text.size() == 10)) {
      return WrittenNumber{at, date->first + date->count - at, date->text, 0.85};
    }
  }
  static constexpr std::array<std::string_view, 8> kCounting = {"mỗi",  "hàng", "mấy",  "vài",
                                                                "từng", "mươi", "mười", "nửa"};
  if (word == "tháng" && DigitOf(before) < 0 && !Holds(kCounting, before)) {
    return ParseMonthAndYear(words, at, 0);
  }
  return std::nullopt;
}

std::optional<WrittenNumber> ParseTimeOfDay(SpokenWords words, std::size_t at) {
  static constexpr std::array<std::string_view, 8> kCounted = {"người", "cái",   "con",  "đồng",
                                                               "triệu", "nghìn", "trăm", "năm"};
  static constexpr std::array<std::string_view, 6> kAfterZero = {"",     "sáng", "đêm",
                                                                 "ngày", "hôm",  "thứ"};
  const auto hour = ParseBelowHundred(words, at);
  if (!hour || hour->value > 24 || WordAt(words, at + hour->count) != "giờ") return std::nullopt;
  std::size_t end = at + hour->count + 1;
  WrittenNumber time{at, end - at, std::to_string(hour->value) + " giờ", 0.95};
  if (WordAt(words, end) == "rưỡi") {
    time.text += " 30";
    time.count += 1;
    return time;
  }
  const bool before_hour = WordAt(words, end) == "kém";
  const auto minute = ParseBelowHundred(words, before_hour ? end + 1 : end);
  if (hour->value == 0 && !minute && !Holds(kAfterZero, WordAt(words, end))) return std::nullopt;
  if (!minute || minute->value > 59) {
    return time;
  }
  const std::size_t after = end + (before_hour ? 1 : 0) + minute->count;
  const bool named = WordAt(words, after) == "phút";
  const bool plain = minute->value >= 10 && !Holds(kCounted, WordAt(words, after)) &&
                     !IsMultiplier(WordAt(words, after));
  if (!named && !plain && !before_hour) {
    // "ba giờ năm giây" has no minutes.
    if (WordAt(words, after) != "giây") return time;
    time.text += " " + std::to_string(minute->value) + " giây";
    time.count = after + 1 - at;
    return time;
  }
  time.text += (before_hour ? " kém " : " ") + std::to_string(minute->value);
  end = after;
  if (named) {
    time.text += " phút";
    ++end;
    const auto second = ParseBelowHundred(words, end);
    if (second && second->value <= 59 && WordAt(words, end + second->count) == "giây") {
      time.text += " " + std::to_string(second->value) + " giây";
      end += second->count + 1;
    }
  }
  time.count = end - at;
  return time;
}

}  // namespace vang
