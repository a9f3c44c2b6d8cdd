#include "libs/net/body_pipe.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace vang::net {

bool BodyPipe::Append(std::string_view bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (begin_ > 0) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  bytes_.append(bytes);
  changed_.notify_one();
  writer_waits_ = writer_waits_ || bytes_.size() >= kHighWater;
  return bytes_.size() < kHighWater;
}

void BodyPipe::Finish() {
  std::lock_guard<std::mutex> lock(mutex_);
  finished_ = true;
  changed_.notify_one();
}

void BodyPipe::Fail(Status status) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (finished_ || !failure_.ok()) return;
  failure_ = std::move(status);
  changed_.notify_one();
}

Result<std::size_t> BodyPipe::Read(const Context& context, char* buffer, std::size_t size) {
  bool wake = false;
  std::size_t n = 0;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto ready = [&] { return begin_ < bytes_.size() || finished_ || !failure_.ok(); };
    if (writer_waits_ && !ready()) {
      writer_waits_ = false;
      lock.unlock();
      wake_();
      lock.lock();
    }
    // A stop wakes the wait; a deadline, if there is none, is looked for again every minute.
    while (!ready()) {
      VANG_RETURN_IF_ERROR(context.Check());
      const auto until =
          std::chrono::steady_clock::now() + context.Remaining(std::chrono::milliseconds(60'000));
      changed_.wait_until(lock, context.stop(), until, ready);
    }
    if (begin_ == bytes_.size()) {
      if (!failure_.ok()) return failure_;
      return std::size_t{0};
    }
    n = std::min(size, bytes_.size() - begin_);
    std::memcpy(buffer, bytes_.data() + begin_, n);
    begin_ += n;
    if (begin_ == bytes_.size()) {
      bytes_.clear();
      begin_ = 0;
    }
    wake = writer_waits_ && bytes_.size() - begin_ < kHighWater / 2;
    if (wake) writer_waits_ = false;
  }
  if (wake) wake_();
  return n;
}

}  // namespace vang::net
