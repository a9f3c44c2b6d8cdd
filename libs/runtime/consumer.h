// Runs a handler over the events of a durable consumer by the delivery rules of design section 3:
// acknowledge what succeeded, retry what may succeed later (1, 2, 4, 8 s with jitter, five attempts
// in all), put the rest into the dead letters with payload, reason and attempts and say
// recording.failed. The dead letter is written before the last attempt, so that a handler which
// kills the process on every attempt still ends there; one that is cut off because its consumer is
// stopped does not, however often. A delivery with a fault goes to the dead letters without the
// handler seeing it.
//
// A failure while what the handler depends on is out of order is no attempt: the delivery stays in
// hand until that works again, and is handled then. So an outage of any length costs no event.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/ports/event_bus.h"
#include "libs/runtime/health.h"
#include "libs/runtime/metrics.h"

namespace vang {

struct ConsumerOptions {
  ConsumerConfig bus;  // name, subjects, in flight, ack wait
  int workers = 1;     // handlers at once
  int max_attempts = 5;
  Duration first_delay{1'000};
  // Asked after a failure that may pass: OK while the stores and services work that the handler
  // depends on. Called from any worker, with some seconds to answer. Without it they always do.
  std::function<Status(const Context&)> dependencies = {};
  // Whether giving up on an event also publishes recording.failed. Off for a consumer that would
  // hear its own failure.
  bool announce_failure = true;
  // Longest a handler may run without an Extend before /readyz turns red.
  Duration hang_limit{600'000};
  // Longest an event may have waited for this consumer since it was started (an earlier wait is not
  // its fault) before /readyz turns red: it does not keep up.
  Duration lag_limit{1'800'000};
};

// A handler's verdict is its Status: OK = done; a retryable code = try again; else dead letter.
// It may be called again for the same event and must then change nothing.
using EventHandler = std::function<Status(const Context& context, const Delivery& delivery)>;

// The delay before attempt `attempt` + 1: first_delay * 2^(attempt-1), times 0.8..1.2 by `jitter`
// in [0, 1].
Duration RetryDelay(Duration first_delay, int attempt, double jitter);

// Start() begins fetching on threads of its own; Stop() stops fetching, lets running handlers end
// (their context is cancelled after `drain`) and returns. Heartbeats extend long deliveries.
class Consumer {
 public:
  static Result<std::unique_ptr<Consumer>> Create(EventBus* bus, ConsumerOptions options,
                                                  EventHandler handler, const Clock& clock,
                                                  Metrics* metrics);
  ~Consumer();
  Status Start(const Context& context);
  void Stop(Duration drain);
  // Red when not running, when the bus cannot be reached, when a handler hangs, or when events have
  // been waiting for too long.
  Health Check(const Context& context) const;

 private:
  struct Impl;
  explicit Consumer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vang
