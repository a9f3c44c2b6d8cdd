// An event bus with a test in front of it: sees every event before it is published and may refuse
// it, as a broker does that is away.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/ports/event_bus.h"

namespace vang {

class WatchedEventBus : public EventBus {
 public:
  // Both of the caller's; `before_publish` is called on the publisher's thread.
  WatchedEventBus(EventBus* real, std::function<Status(const Event& event)> before_publish)
      : real_(real), before_publish_(std::move(before_publish)) {}

  Result<PublishAck> Publish(const Context& c, const Event& event) override {
    VANG_RETURN_IF_ERROR(before_publish_(event));
    return real_->Publish(c, event);
  }
  Status EnsureConsumer(const Context& c, const ConsumerConfig& config) override {
    return real_->EnsureConsumer(c, config);
  }
  Result<std::vector<Delivery>> Fetch(const Context& c, const std::string& consumer, int max,
                                      Duration wait) override {
    return real_->Fetch(c, consumer, max, wait);
  }
  Status Ack(const Context& c, const std::string& consumer, const Delivery& d) override {
    return real_->Ack(c, consumer, d);
  }
  Status Retry(const Context& c, const std::string& consumer, const Delivery& d,
               Duration delay) override {
    return real_->Retry(c, consumer, d, delay);
  }
  Status Extend(const Context& c, const std::string& consumer, const Delivery& d) override {
    return real_->Extend(c, consumer, d);
  }
  Result<std::uint64_t> Replay(const Context& c, const std::string& consumer,
                               const std::string& subject, const ReplayFrom& from) override {
    return real_->Replay(c, consumer, subject, from);
  }
  Result<std::vector<std::pair<std::uint64_t, Event>>> Read(const Context& c, std::uint64_t after,
                                                            int max) override {
    return real_->Read(c, after, max);
  }
  Result<std::vector<ConsumerState>> Consumers(const Context& c) override {
    return real_->Consumers(c);
  }
  Status PutDeadLetter(const Context& c, const DeadLetter& letter) override {
    return real_->PutDeadLetter(c, letter);
  }
  Result<std::vector<DeadLetter>> ListDeadLetters(const Context& c, const std::string& tenant,
                                                  const std::string& cursor, int max) override {
    return real_->ListDeadLetters(c, tenant, cursor, max);
  }
  Result<DeadLetter> GetDeadLetter(const Context& c, const std::string& id) override {
    return real_->GetDeadLetter(c, id);
  }
  Status DeleteDeadLetter(const Context& c, const std::string& id) override {
    return real_->DeleteDeadLetter(c, id);
  }
  Status RedriveDeadLetter(const Context& c, const std::string& id) override {
    return real_->RedriveDeadLetter(c, id);
  }
  Result<int> PurgeRecording(const Context& c, const std::string& recording_id) override {
    return real_->PurgeRecording(c, recording_id);
  }
  Status Ping(const Context& c) override { return real_->Ping(c); }

 private:
  EventBus* const real_;
  const std::function<Status(const Event& event)> before_publish_;
};

}  // namespace vang
