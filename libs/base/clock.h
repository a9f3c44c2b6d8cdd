// Time behind an interface, so that retries, time-outs and stamps can be driven by a test.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace vang {

using Duration = std::chrono::milliseconds;

// Milliseconds since 1970-01-01T00:00:00Z.
using TimeMs = std::int64_t;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMs Now() const = 0;

  // The machine's clock; lives for the whole process.
  static const Clock& System();
};

// RFC 3339 in UTC with milliseconds: 2026-11-24T10:39:50.123Z.
std::string FormatTime(TimeMs time);

// The reverse; also takes other offsets and fewer or more digits of the fraction.
Result<TimeMs> ParseTime(std::string_view text);

}  // namespace vang
