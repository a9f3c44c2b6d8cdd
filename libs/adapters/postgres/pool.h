// The connections of one store to its server. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "libs/adapters/postgres/config.h"
#include "libs/adapters/postgres/connection.h"

namespace vang::postgres {

class Pool {
 public:
  // A connection on loan; goes back when the lease ends, or is closed when it is lost.
  class Lease {
   public:
    Lease(Pool* pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  explicit Pool(Config config) : config_(std::move(config)) {}

  // A connection whose server has not said goodbye. While the server does not answer, one caller at
  // a time tries again, after pauses that grow to 2 s, and the others wait with it. When context or
  // acquire time-out end the wait: kUnavailable with the reason when the server cannot be reached,
  // kResourceExhausted when all connections are in use. kCancelled when stopped.
  Result<Lease> Acquire(const Context& context);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Return(std::unique_ptr<Connection> connection);
  // Under the lock: the next attempt is put off.
  void NoteFailure(const Status& status);
  Status GiveUp(const Context& context) const;

  const Config config_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int open_ = 0;             // idle, on loan or being made
  bool connecting_ = false;  // while failures_ > 0: somebody tries
  int failures_ = 0;         // attempts since the last that worked
  Status last_failure_;
  SteadyTime next_attempt_;
  std::minstd_rand jitter_{std::random_device{}()};
};

}  // namespace vang::postgres
