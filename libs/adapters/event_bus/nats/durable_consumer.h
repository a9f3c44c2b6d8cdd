// One consumer of the bus: its two durable consumers on the server and what this process has in
// hand of it. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/adapters/event_bus/nats/dead_letters.h"
#include "libs/adapters/event_bus/nats/streams.h"

namespace vang::nats {

class DurableConsumer {
 public:
  DurableConsumer(Connection* connection, JetStream* jetstream, Streams* streams,
                  DeadLetters* letters, ConsumerConfig config)
      : connection_(connection),
        jetstream_(jetstream),
        streams_(streams),
        letters_(letters),
        config_(std::move(config)) {}

  // What the server knows of the consumer `name`; kNotFound when it knows none.
  static Result<ConsumerConfig> Load(const Context& context, JetStream& jetstream,
                                     const Streams& streams, const std::string& name);

  // Makes it on the server, to start after `sequence`, or brings it up to date there.
  Status Ensure(const Context& context, std::uint64_t sequence = 0);

  // One look: up to `max` deliveries, waiting up to `wait` for the first, and no longer than a
  // second. kNotFound when the server does not have it.
  Result<std::vector<Delivery>> Take(const Context& context, int max, Duration wait);

  enum class Settlement { kAck, kRetry, kExtend };
  Status Settle(const Context& context, const Delivery& delivery, Settlement how, Duration delay);

  const ConsumerConfig& config() const { return config_; }
  bool Takes(std::string_view subject) const;

  // What is to be done again by the consumer `name` alone: a copy of an event. `sequence` and
  // `stored_as` (its subject there) of the log, 0 and empty when it is not there; `letter`: the
  // stored sequence of the dead letter that goes when it comes, 0 = none.
  struct Again {
    std::uint64_t sequence = 0;
    std::string stored_as;
    std::uint64_t letter = 0;
    std::string body;
  };
  static Outgoing MakeAgain(const Streams& streams, const std::string& name, Again what);
  // Makes the next Take look for such.
  void ExpectAgain();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct InHand {
    int delivered = 0;
    SteadyTime until;  // ack_wait has passed: the server has, or will, hand it out again
  };

  Status EnsureOn(const Context& context, const std::string& stream, std::uint64_t sequence);
  Result<std::vector<Delivery>> Pull(const Context& context, const std::string& stream, int max,
                                     Duration wait);
  std::optional<Delivery> MakeDelivery(const Message& message, const AckSubject& ack) const;
  void Remember(const AckSubject& ack);

  Connection* connection_;
  JetStream* jetstream_;
  Streams* streams_;
  DeadLetters* letters_;
  const ConsumerConfig config_;

  std::mutex mutex_;
  // By stream and sequence: the newest handing-out. An earlier one must change nothing any more,
  // and the server does not tell them apart.
  std::map<std::pair<std::string, std::uint64_t>, InHand> in_hand_;
  bool again_active_ = false;  // the last look found something to do again
  bool turn_ = false;
  SteadyTime next_again_;
};

}  // namespace vang::nats
