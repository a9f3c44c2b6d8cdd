// How much one caller may ask: GCRA, one number per caller. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "libs/base/clock.h"
#include "libs/base/guarded.h"

namespace vang {

class RateLimiter {
 public:
  struct Verdict {
    bool allowed = true;
    int remaining = 0;        // requests that would be allowed right now
    Duration full_after{0};   // until all of them are there again
    Duration retry_after{0};  // until the next is allowed; 0 when this one was
  };

  // `per_second` > 0 sustained, and `burst` >= 0 at once on top. Remembers at most `max_callers`;
  // when there are more and none is idle, all are forgotten (and so have a fresh allowance).
  RateLimiter(double per_second, double burst, std::size_t max_callers = 100'000);

  // Counts one request of `caller` when it is allowed.
  Verdict Take(const std::string& caller, TimeMs now);

  int limit() const { return limit_; }         // requests from a fresh start
  Duration window() const { return window_; }  // in which they come back

 private:
  const double interval_ms_;   // between requests at the sustained rate
  const double tolerance_ms_;  // by which a caller may be ahead of it
  const std::size_t max_callers_;
  const int limit_;
  const Duration window_;
  // Per caller: the time at which the caller is back in step (theoretical arrival time).
  Guarded<std::unordered_map<std::string, double>> arrivals_;
};

}  // namespace vang
