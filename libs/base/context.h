// What travels with every call: until when, whether it is still wanted, and on whose behalf.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "libs/base/status.h"

namespace vang {

// A value, cheap to copy. Children made by WithTimeout never outlive their parent's deadline.
// Thread-safe as any const value is.
class Context {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // No deadline, never stopped.
  Context() = default;

  // The earlier of the parent's deadline and now + timeout.
  Context WithTimeout(std::chrono::milliseconds timeout) const;
  Context WithStop(std::stop_token stop) const;
  Context WithTrace(std::string traceparent) const;

  // kCancelled when stopped, kDeadlineExceeded when late, else OK.
  Status Check() const;

  std::optional<SteadyTime> deadline() const { return deadline_; }
  // Time left, at most `cap`; never negative.
  std::chrono::milliseconds Remaining(std::chrono::milliseconds cap) const;
  const std::stop_token& stop() const { return stop_; }

  // W3C traceparent of the span that this call belongs to; empty when there is none.
  const std::string& traceparent() const { return traceparent_; }

 private:
  std::optional<SteadyTime> deadline_;
  std::stop_token stop_;
  std::string traceparent_;
};

// A fresh W3C traceparent, sampled: 00-<32 hex>-<16 hex>-01.
std::string NewTraceparent();

// Whether `text` is a version-00 traceparent with non-zero ids.
bool IsTraceparent(std::string_view text);

}  // namespace vang
