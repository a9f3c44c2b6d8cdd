#include "libs/adapters/postgres/pool.h"

#include <algorithm>

#include "libs/adapters/postgres/connect.h"
#include "libs/runtime/log.h"

namespace vang::postgres {
namespace {

using std::chrono::milliseconds;

constexpr int kFirstPause = 20, kLongestPause = 2'000;  // ms
// A wait is cut into slices, so that a stop is seen.
constexpr milliseconds kSlice{100};

}  // namespace

Result<Pool::Lease> Pool::Acquire(const Context& context) {
  VANG_RETURN_IF_ERROR(context.Check());
  const Context bounded = context.WithTimeout(config_.acquire_timeout);
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (const Status ended = bounded.Check(); !ended.ok()) {
      return ended.code() == Code::kCancelled ? ended : GiveUp(context);
    }
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Quiet()) return Lease(this, std::move(connection));
      --open_;
      lock.unlock();
      connection.reset();
      lock.lock();
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    const bool may_try = failures_ == 0 || (!connecting_ && now >= next_attempt_);
    if (open_ < config_.connections && may_try) {
      ++open_;
      connecting_ = true;
      lock.unlock();
      auto connected = Connect(config_, bounded);
      lock.lock();
      connecting_ = false;
      changed_.notify_all();
      if (connected.ok()) {
        if (failures_ > 0) {
          Log(LogLevel::kInfo, "postgres", "connected again", {{"server", ServerName(config_)}});
        }
        failures_ = 0;
        return Lease(this, std::move(*connected));
      }
      --open_;
      if (connected.status().code() == Code::kCancelled) return connected.status();
      NoteFailure(connected.status());
      continue;
    }
    auto wait = bounded.Remaining(kSlice);
    if (failures_ > 0 && !connecting_ && open_ < config_.connections) {
      wait = std::min(
          wait, std::chrono::duration_cast<milliseconds>(next_attempt_ - now) + milliseconds(1));
    }
    changed_.wait_for(lock, wait);
  }
}

void Pool::NoteFailure(const Status& status) {
  if (failures_ == 0) {
    Log(LogLevel::kWarning, "postgres", "cannot connect", {{"error", status.message()}});
  }
  last_failure_ = status;
  const int longest = std::min(kLongestPause, kFirstPause << std::min(failures_, 10));
  ++failures_;
  // Half of it at random, so that many processes do not knock at once.
  const int pause = longest / 2 + static_cast<int>(jitter_() % static_cast<unsigned>(longest / 2));
  next_attempt_ = std::chrono::steady_clock::now() + milliseconds(pause);
}

Status Pool::GiveUp(const Context& context) const {
  if (failures_ > 0) return last_failure_;
  return ResourceExhausted("all " + std::to_string(config_.connections) +
                           " connections to PostgreSQL at " + ServerName(config_) +
                           " were in use until the " +
                           (context.Check().ok() ? "acquire time-out" : "deadline") +
                           "; try again, or allow more connections");
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!connection->lost()) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  changed_.notify_one();
}

}  // namespace vang::postgres
