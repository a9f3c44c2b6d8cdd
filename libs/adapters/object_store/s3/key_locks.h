// One writer of a key at a time in this process: servers that look and write in two steps, whatever
// their answer to a condition, are then exact at least here, and a second upload of the same bytes
// waits for the first and is not sent at all.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "libs/base/context.h"

namespace vang::s3 {

// Thread-safe. Must outlive what it gives out.
class KeyLocks {
 public:
  // Holds a key until it is destroyed.
  class Held {
   public:
    Held(KeyLocks* locks, std::string key) : locks_(locks), key_(std::move(key)) {}
    Held(Held&& other) noexcept : locks_(other.locks_), key_(std::move(other.key_)) {
      other.locks_ = nullptr;
    }
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (locks_ != nullptr) locks_->Release(key_);
    }

   private:
    KeyLocks* locks_;
    std::string key_;
  };

  // Waits within the context's deadline.
  Result<Held> Hold(const Context& context, const std::string& key) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto free = [&] { return held_.count(key) == 0; };
    const bool mine = context.deadline()
                          ? freed_.wait_until(lock, context.stop(), *context.deadline(), free)
                          : freed_.wait(lock, context.stop(), free);
    if (!mine) {
      VANG_RETURN_IF_ERROR(context.Check().Wrap("waiting for another writer of " + key));
      return DeadlineExceeded("another writer of " + key + " took too long");
    }
    held_.insert(key);
    return Held(this, key);
  }

 private:
  void Release(const std::string& key) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      held_.erase(key);
    }
    freed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any freed_;
  std::set<std::string> held_;
};

}  // namespace vang::s3
