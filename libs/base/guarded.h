// Data and its mutex as one object: the data cannot be reached without the lock.
#pragma once

#include <mutex>
#include <utility>

namespace vang {

template <typename T>
class Guarded {
 public:
  // Holds the lock for as long as it lives.
  class Locked {
   public:
    T* operator->() { return data_; }
    T& operator*() { return *data_; }
    // For std::condition_variable.
    std::unique_lock<std::mutex>& lock() { return lock_; }

   private:
    friend class Guarded;
    Locked(std::mutex& mutex, T* data) : lock_(mutex), data_(data) {}
    std::unique_lock<std::mutex> lock_;
    T* data_;
  };

  template <typename... Args>
  explicit Guarded(Args&&... args) : data_(std::forward<Args>(args)...) {}

  Locked Lock() { return Locked(mutex_, &data_); }

  // Runs `f(data)` under the lock and returns what it returns.
  template <typename F>
  decltype(auto) With(F&& f) {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::forward<F>(f)(data_);
  }

 private:
  std::mutex mutex_;
  T data_;
};

}  // namespace vang
