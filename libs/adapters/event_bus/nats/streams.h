// The three streams of the bus: their names, making them, and what their server tells about itself.
// Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "libs/adapters/event_bus/nats/jetstream.h"
#include "libs/base/guarded.h"

namespace vang::nats {

class Streams {
 public:
  Streams(JetStream* jetstream, const NatsEventBusConfig& config)
      : jetstream_(jetstream),
        config_(config),
        events(config.prefix + "-events"),
        again(config.prefix + "-again"),
        letters(config.prefix + "-letters") {}

  // Makes what is missing, once, if it is to; kFailedPrecondition for a stream of that name that
  // would not keep what it is given.
  Status Ensure(const Context& context);
  // The next Ensure() looks again: a call found a stream missing.
  void Forget() { ensured_ = false; }

  // From the answer of STREAM.INFO: the server's version. How it syncs is asked of its monitoring
  // port when it is another server than before, or did not answer then.
  void Learn(const Context& context, const JsonObject& info);
  // What a power loss would cost, in one line; empty before the first Learn.
  std::string Facts() { return knowledge_.Lock()->facts; }

  std::string EventSubject(std::string_view subject, std::string_view id) const {
    return config_.prefix + ".event." + std::string(subject) + "." + std::string(id);
  }
  std::string AgainSubject(std::string_view consumer) const {
    return config_.prefix + ".again." + std::string(consumer);
  }
  std::string LetterSubject() const { return config_.prefix + ".letter"; }

 private:
  Status EnsureStream(const Context& context, const JsonObject& config);
  struct Knowledge {
    std::string version;
    std::string facts;
    bool whole = false;  // there is no more to be learnt from this server
  };
  Knowledge PowerLoss(const Context& context, const std::string& version) const;

  JetStream* jetstream_;
  const NatsEventBusConfig& config_;
  std::mutex mutex_;
  std::atomic<bool> ensured_ = false;
  Guarded<Knowledge> knowledge_;

 public:
  const std::string events;
  const std::string again;
  const std::string letters;
};

}  // namespace vang::nats
