// The three streams of the bus: their names, making them, and what their server tells about itself.
// Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "libs/adapters/event_bus/nats/jetstream.h"

namespace vang::nats {

class Streams {
 public:
  Streams(JetStream* jetstream, const NatsEventBusConfig& config)
      : jetstream_(jetstream),
        config_(config),
        events(config.prefix + "-events"),
        again(config.prefix + "-again"),
        letters(config.prefix + "-letters") {}

  // Makes what is missing, once; kFailedPrecondition for a stream of that name that would not keep
  // what it is given.
  Status Ensure(const Context& context);
  // The next Ensure() looks again: a call found a stream missing.
  void Forget() { ensured_ = false; }

  // See NatsEventBus::PowerLoss.
  std::string PowerLoss(const Context& context);

  std::string EventSubject(std::string_view subject, std::string_view id) const {
    return config_.prefix + ".event." + std::string(subject) + "." + std::string(id);
  }
  std::string AgainSubject(std::string_view consumer) const {
    return config_.prefix + ".again." + std::string(consumer);
  }
  std::string LetterSubject() const { return config_.prefix + ".letter"; }

 private:
  Status EnsureStream(const Context& context, const JsonObject& config);

  JetStream* jetstream_;
  const NatsEventBusConfig& config_;
  std::mutex mutex_;
  std::atomic<bool> ensured_ = false;

 public:
  const std::string events;
  const std::string again;
  const std::string letters;
};

}  // namespace vang::nats
