// Spoken numbers as people write them in Vietnam: 2.500.000, 3,5, 15/01/2024, 50%, 12 kg. Numbers
// from one to nine stay words unless a unit, a date or a row of digits says otherwise, and words
// that only look like numbers (năm ngoái, một chút, tư vấn) are left alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vang {

struct WrittenNumber {
  std::size_t first = 0;  // words first .. first + count are said, `text` is written
  std::size_t count = 0;
  std::string text;
  double confidence = 1;
};

// In order, not overlapping. `words` is one sentence in canonical lower case.
std::vector<WrittenNumber> FindNumbers(std::span<const std::string_view> words);

}  // namespace vang
