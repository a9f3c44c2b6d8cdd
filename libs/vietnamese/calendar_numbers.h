// Dates and times of day as they are spoken: the part of written_numbers.h that knows the calendar.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "libs/vietnamese/cardinal.h"
#include "libs/vietnamese/written_numbers.h"

namespace vang {

// A year in words at `at` (after "năm"): "hai nghìn hai mươi tư", "một chín bảy lăm", "bảy lăm".
std::optional<WrittenNumber> ParseYear(SpokenWords words, std::size_t at);

// A date, a month or a year that is said from words[at] on; the number may begin one word later
// ("ngày mười lăm tháng một" → "15/1").
std::optional<WrittenNumber> ParseDate(SpokenWords words, std::size_t at);

// A time of day: "ba giờ rưỡi", "tám giờ kém mười", "mười bốn giờ ba mươi phút".
std::optional<WrittenNumber> ParseTimeOfDay(SpokenWords words, std::size_t at);

}  // namespace vang
