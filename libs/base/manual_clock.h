// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include <atomic>

#include "libs/base/clock.h"

namespace vang {

class ManualClock : public Clock {
 public:
  explicit ManualClock(TimeMs now = 1'700'000'000'000) : now_(now) {}
  TimeMs Now() const override { return now_; }
  void Advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<TimeMs> now_;
};

}  // namespace vang
