#include "libs/vietnamese/written_numbers.h"

#include <algorithm>
#include <array>
#include <optional>

#include "libs/vietnamese/calendar_numbers.h"
#include "libs/vietnamese/cardinal.h"
#include "libs/vietnamese/units.h"

namespace vang {
namespace {

// Digits said one by one: a row this long is a number to dial or the like, a shorter one needs a
// word that announces it.
constexpr std::size_t kLongRow = 6;
constexpr std::size_t kShortRow = 3;

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// An amount: how it is written, and whether that is worth it without a unit.
struct Amount {
  std::size_t end = 0;
  std::string text;
  bool small = false;  // one to nine, or nought
  std::uint64_t value = 0;
  double confidence = 0.95;
};

class Finder {
 public:
  explicit Finder(SpokenWords words) : words_(words) {}

  std::vector<WrittenNumber> Run() {
    std::vector<WrittenNumber> found;
    for (std::size_t i = 0; i < words_.size();) {
      if (const std::size_t skipped = Vague(i); skipped > 0) {
        i += skipped;
        continue;
      }
      std::optional<WrittenNumber> number = Row(i);
      if (!number) number = ParseDate(words_, i);
      if (!number) number = ParseTimeOfDay(words_, i);
      if (!number) number = Negative(i);
      if (!number) number = Quantity(i);
      if (!number) number = Announced(i);
      if (!number) {
        ++i;
        continue;
      }
      i = number->first + number->count;
      found.push_back(std::move(*number));
    }
    return found;
  }

 private:
  std::string_view At(std::size_t at) const { return WordAt(words_, at); }

  // Words that name no exact number, to be passed over: "ba bốn trăm", "hai ba mươi", "mười mấy",
  // "mười phân vẹn mười".
  std::size_t Vague(std::size_t at) const {
    const int digit = DigitOf(At(at));
    const int next = DigitOf(At(at + 1));
    if (digit > 0 && (next == digit + 1 || (digit == 5 && next == 7)) && IsMultiplier(At(at + 2))) {
      const auto number = ParseCardinal(words_, at + 1);
      return 1 + (number ? number->count : 1);
    }
    if (digit > 0 && At(at + 1) == "mười" && (digit == 5 || digit == 9)) {
      // "chín mười" and "năm mười" are nine or ten; a year "năm mười chín bảy lăm" is not vague.
      if (digit == 9 || !ParseYear(words_, at + 1)) return 2;
    }
    if (At(at) == "mười" && At(at + 1) == "phân") return At(at + 3) == "mười" ? 4 : 2;
    if (At(at) == "mười" && At(at + 1) == "mươi") return 2;
    const auto number = ParseCardinal(words_, at);
    if (number && number->value >= 10 &&
        (At(at + number->count) == "mấy" || At(at + number->count) == "vài")) {
      return number->count + 1;
    }
    return 0;
  }

  // Digits one by one: telephone numbers, codes, rooms.
  std::optional<WrittenNumber> Row(std::size_t at) const {
    static constexpr std::array<std::string_view, 12> kAnnounce = {
        "số",    "mã",   "thoại", "máy", "gọi",     "đài",
        "phòng", "biển", "hiệu",  "otp", "hotline", "khẩu"};
    std::string digits;
    bool counting = true;
    std::size_t end = at;
    for (; DigitOf(At(end)) >= 0; ++end) {
      const char digit = static_cast<char>('0' + DigitOf(At(end)));
      if (!digits.empty() && digit != digits.back() + 1) counting = false;
      digits += digit;
    }
    const std::string_view next = At(end);
    if (IsMultiplier(next) || next == "lăm" || next == "phẩy" || next == "phần" || next == "giờ") {
      return std::nullopt;
    }
    const bool announced =
        at > 0 && (Holds(kAnnounce, words_[at - 1]) ||
                   (words_[at - 1] == "là" && at > 1 && Holds(kAnnounce, words_[at - 2])));
    const bool row = digits.size() >= kLongRow ? !counting || announced
                                               : digits.size() >= kShortRow && announced;
    if (!row) return std::nullopt;
    return WrittenNumber{at, end - at, digits, announced ? 0.95 : 0.85};
  }

  std::optional<WrittenNumber> Negative(std::size_t at) const {
    static constexpr std::array<std::string_view, 4> kScales = {"tỷ", "tỉ", "triệu", "nghìn"};
    if (At(at) != "âm") return std::nullopt;
    const auto amount = ParseAmount(at + 1);
    if (!amount) return std::nullopt;
    const std::string_view next = At(amount->end);
    if (amount->small && !next.empty() && next != "độ" && !Holds(kScales, next)) {
      return std::nullopt;
    }
    WrittenNumber number = WithUnit(at, *amount);
    number.text.insert(0, 1, '-');
    return number;
  }

  // A whole number, a decimal or a fraction.
  std::optional<Amount> ParseAmount(std::size_t at) const {
    const auto whole = ParseCardinal(words_, at);
    if (!whole) return std::nullopt;
    Amount amount{at + whole->count, WithPoints(whole->value), whole->value < 10, whole->value,
                  0.95};
    if (At(amount.end) == "phẩy") return Decimal(amount);
    if (At(amount.end) == "chấm" && amount.small && DigitOf(At(amount.end + 1)) >= 0 &&
        DigitOf(At(amount.end + 2)) < 0) {
      // A version: "bốn chấm không".
      amount.text += '.' + std::to_string(DigitOf(At(amount.end + 1)));
      amount.end += 2;
      amount.small = false;
      return amount;
    }
    if (const auto fraction = Fraction(amount)) return *fraction;
    if (At(amount.end) == "và") {
      if (const auto part = ParseCardinal(words_, amount.end + 1)) {
        const Amount numerator{amount.end + 1 + part->count, WithPoints(part->value), true,
                               part->value, 0.95};
        if (auto fraction = Fraction(numerator)) {
          fraction->text = amount.text + " " + fraction->text;
          return *fraction;
        }
      }
    }
    return amount;
  }

  std::optional<Amount> Decimal(Amount amount) const {
    std::size_t end = amount.end + 1;
    std::string digits;
    if (const auto tens = ParseBelowHundred(words_, end); tens && tens->value >= 10) {
      digits = std::to_string(tens->value);
      end += tens->count;
    } else {
      for (; DigitOf(At(end)) >= 0 && At(end + 1) != "mươi" && At(end + 1) != "trăm"; ++end) {
        digits += static_cast<char>('0' + DigitOf(At(end)));
      }
      // "một phẩy năm năm" is a year and a half.
      if (digits == "55") {
        digits = "5";
        --end;
      }
    }
    if (digits.empty()) return amount;
    amount.text += ',' + digits;
    amount.end = end;
    amount.small = false;
    return amount;
  }

  // `amount` as the upper number of "… phần …".
  std::optional<Amount> Fraction(const Amount& amount) const {
    static constexpr std::array<std::string_view, 6> kAfterYear = {"nay", "ngoái", "trước",
                                                                   "sau", "qua",   "đó"};
    if (At(amount.end) != "phần" || amount.value == 0) return std::nullopt;
    const std::size_t at = amount.end + 1;
    Amount fraction = amount;
    fraction.small = false;
    if (At(at) == "tư") {
      fraction.text += "/4";
      fraction.end = at + 1;
      return fraction;
    }
    const auto below = ParseCardinal(words_, at);
    if (!below || below->value < 2) return std::nullopt;
    if (At(at) == "năm" && below->count == 1 && Holds(kAfterYear, At(at + 1))) return std::nullopt;
    fraction.text += "/" + std::to_string(below->value);
    fraction.end = at + below->count;
    return fraction;
  }

  // The amount that begins at `first` with the unit that follows it, if there is one.
  WrittenNumber WithUnit(std::size_t first, const Amount& amount) const {
    const auto unit = FindUnit(words_, amount.end);
    if (!unit) return {first, amount.end - first, amount.text, amount.confidence};
    return {first, amount.end + unit->count - first,
            amount.text + (unit->close ? "" : " ") + unit->written, amount.confidence};
  }

  std::optional<WrittenNumber> Quantity(std::size_t at) const {
    const auto amount = ParseAmount(at);
    if (!amount) return std::nullopt;
    if (!amount->small) return WithUnit(at, *amount);
    // "hai bảy phần trăm" is two to seven or 27.
    if (at > 0 && DigitOf(words_[at - 1]) >= 0) return std::nullopt;
    const auto unit = FindUnit(words_, amount->end);
    if (unit) {
      if (unit->common && amount->value < 2) return std::nullopt;
      return WithUnit(at, *amount);
    }
    // "từ ba đến sáu ki lô gam".
    if (At(amount->end) == "đến" || At(amount->end) == "tới") {
      const auto upper = ParseAmount(amount->end + 1);
      const bool from = at > 0 && words_[at - 1] == "từ";
      if (upper && upper->value > amount->value &&
          (FindUnit(words_, upper->end) || (from && !upper->small))) {
        return WrittenNumber{at, amount->end - at, amount->text, 0.9};
      }
    }
    return std::nullopt;
  }

  // A number from one to nine after a word that numbers things: chương hai, lớp năm.
  std::optional<WrittenNumber> Announced(std::size_t at) const {
    static constexpr std::array<std::string_view, 14> kSure = {
        "chương", "khoản", "mục", "lục", "trang", "quận", "tầng",
        "kỷ",     "kỉ",    "lớp", "tập", "khóa",  "tiết", "cấp"};
    static constexpr std::array<std::string_view, 8> kPerhaps = {"điều", "bài", "đoạn", "phần",
                                                                 "câu",  "số",  "nhóm", "phòng"};
    static constexpr std::array<std::string_view, 22> kGoesOn = {
        "",     "và", "của", "là",  "thì",  "này", "có", "về",  "trong", "khoản", "mục",
        "luật", "bộ", "đến", "cho", "được", "sẽ",  "ở",  "tại", "nói",   "phụ",   "số"};
    const bool sure = Holds(kSure, At(at));
    if (!sure && !Holds(kPerhaps, At(at))) return std::nullopt;
    const int digit = DigitOf(At(at + 1));
    if (digit < 1) return std::nullopt;
    const std::string_view next = At(at + 2);
    if (IsMultiplier(next) || DigitOf(next) >= 0 || next == "phẩy") return std::nullopt;
    // "tầng năm nay", "lớp năm người": five only where a sentence may go on so.
    if ((!sure || digit == 5) && !Holds(kGoesOn, next)) return std::nullopt;
    return WrittenNumber{at + 1, 1, std::to_string(digit), 0.85};
  }

  SpokenWords words_;
};

}  // namespace

std::vector<WrittenNumber> FindNumbers(std::span<const std::string_view> words) {
  return Finder(words).Run();
}

}  // namespace vang
