#include "libs/base/context.h"

#include <algorithm>

#include "libs/base/uuid.h"

namespace vang {

Context Context::WithTimeout(std::chrono::milliseconds timeout) const {
  Context child = *this;
  const SteadyTime limit = std::chrono::steady_clock::now() + timeout;
  child.deadline_ = deadline_ ? std::min(*deadline_, limit) : limit;
  return child;
}

Context Context::WithStop(std::stop_token stop) const {
  Context child = *this;
  child.stop_ = std::move(stop);
  return child;
}

Context Context::WithTrace(std::string traceparent) const {
  Context child = *this;
  child.traceparent_ = std::move(traceparent);
  return child;
}

Status Context::Check() const {
  if (stop_.stop_requested()) return Cancelled("the call was cancelled");
  if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) {
    return DeadlineExceeded("the call's deadline has passed");
  }
  return {};
}

std::chrono::milliseconds Context::Remaining(std::chrono::milliseconds cap) const {
  if (!deadline_) return cap;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      *deadline_ - std::chrono::steady_clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), cap);
}

std::string NewTraceparent() { return "00-" + RandomHex(16) + "-" + RandomHex(8) + "-01"; }

bool IsTraceparent(std::string_view text) {
  if (text.size() != 55 || text.substr(0, 3) != "00-" || text[35] != '-' || text[52] != '-') {
    return false;
  }
  auto hex = [&](std::size_t from, std::size_t count) {
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                       text.begin() + static_cast<std::ptrdiff_t>(from + count),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  };
  auto zero = [&](std::size_t from, std::size_t count) {
    return text.substr(from, count).find_first_not_of('0') == std::string_view::npos;
  };
  return hex(3, 32) && hex(36, 16) && hex(53, 2) && !zero(3, 32) && !zero(36, 16);
}

}  // namespace vang
