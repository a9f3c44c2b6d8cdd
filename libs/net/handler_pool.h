// A fixed number of threads and a bounded queue in front of them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vang::net {

// Thread-safe. The destructor runs what is queued and joins.
class HandlerPool {
 public:
  HandlerPool(int threads, std::size_t queue_limit);
  ~HandlerPool();

  // False when the queue is full; the task is dropped then. `task` must not throw.
  bool TryRun(std::function<void()> task);

 private:
  void Work();

  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vang::net
