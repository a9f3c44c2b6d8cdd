#include "services/api-gateway/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace vang {
namespace {

Duration Up(double milliseconds) {
  return Duration(static_cast<Duration::rep>(std::ceil(std::max(0.0, milliseconds))));
}

}  // namespace

RateLimiter::RateLimiter(double per_second, double burst, std::size_t max_callers)
    : interval_ms_(1'000 / per_second),
      tolerance_ms_(burst * interval_ms_),
      max_callers_(max_callers),
      limit_(static_cast<int>(burst) + 1),
      window_(Up(interval_ms_ + tolerance_ms_)) {}

RateLimiter::Verdict RateLimiter::Take(const std::string& caller, TimeMs now_ms) {
  const auto now = static_cast<double>(now_ms);
  const double most = interval_ms_ + tolerance_ms_;
  auto arrivals = arrivals_.Lock();
  if (arrivals->size() >= max_callers_ && !arrivals->contains(caller)) {
    std::erase_if(*arrivals, [&](const auto& entry) { return entry.second <= now; });
    if (arrivals->size() >= max_callers_) arrivals->clear();
  }
  double& arrival = (*arrivals)[caller];
  // The upper bound is for a clock that was set back.
  arrival = std::clamp(arrival, now, now + most);
  Verdict verdict;
  const double ahead = arrival + interval_ms_ - now;
  verdict.allowed = ahead <= most + 1e-6;
  if (verdict.allowed) {
    arrival += interval_ms_;
  } else {
    verdict.retry_after = Up(ahead - most);
  }
  verdict.remaining = static_cast<int>((most - (arrival - now)) / interval_ms_ + 1e-6);
  verdict.full_after = Up(arrival - now);
  return verdict;
}

}  // namespace vang
