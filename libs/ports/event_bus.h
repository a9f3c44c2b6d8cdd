// The durable log of events. Publishing is durable on return; consumers are durable and named, and
// get every event of their subjects at least once, in the order of publication per subject.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/context.h"
#include "libs/common/event.h"

namespace vang {

struct PublishAck {
  std::uint64_t sequence = 0;  // of the stored event: the first one's when duplicate
  bool duplicate = false;      // an event with this id was stored before
};

struct ConsumerConfig {
  std::string name;                   // stable: "asr", "metadata"
  std::vector<std::string> subjects;  // of EventSubjects()
  int max_in_flight = 64;
  // A delivery neither acknowledged nor extended for this long is delivered again.
  Duration ack_wait{30'000};
};

struct Delivery {
  Event event;
  std::uint64_t sequence = 0;
  // 1 for the first. Counted before the delivery is handed out, so a crash counts too.
  int attempt = 1;
  bool replay = false;
  // Not OK when what is stored no longer decodes (a log from elsewhere, a schema that changed):
  // `event` is then what can be read of it (SalvageEvent), good for a dead letter and nothing else.
  Status fault;
  // Identifies this delivery to Ack, Retry and Extend.
  std::string token;
};

struct ConsumerState {
  std::string name;
  std::uint64_t pending = 0;    // stored, not yet delivered
  std::uint64_t in_flight = 0;  // delivered, not yet settled
  std::optional<TimeMs> oldest_pending;
};

struct DeadLetter {
  std::string id;  // UUIDv5(consumer, event id)
  std::string consumer;
  Event event;
  std::string code;
  std::string reason;
  int attempts = 0;
  TimeMs at = 0;
  // Written ahead of the last attempt; confirmed when that attempt fails too or crashes.
  bool provisional = false;
};

// Where a replay begins.
struct ReplayFrom {
  std::optional<std::uint64_t> sequence;
  std::optional<TimeMs> time;  // neither = the beginning
};

class EventBus {
 public:
  virtual ~EventBus() = default;

  // Durable when it returns. The same id again is not stored and gives duplicate = true.
  // kInvalidArgument, naming the JSON Pointer of the fault, for an event that DecodeEvent would
  // refuse: what is in the log must come out again.
  virtual Result<PublishAck> Publish(const Context& context, const Event& event) = 0;

  // Makes the consumer or updates its settings. A new one starts at the beginning of the log.
  virtual Status EnsureConsumer(const Context& context, const ConsumerConfig& config) = 0;

  // Up to `max` deliveries; waits up to `wait` for the first. Empty when there is none. A
  // retried delivery does not hold back later ones, and neither does an event that no longer
  // decodes: it is delivered with its `fault`. kNotFound for an unknown consumer.
  virtual Result<std::vector<Delivery>> Fetch(const Context& context, const std::string& consumer,
                                              int max, Duration wait) = 0;

  // The delivery is done with. Settling one that was handed out again since, or was settled before,
  // is OK and changes nothing.
  virtual Status Ack(const Context& context, const std::string& consumer,
                     const Delivery& delivery) = 0;
  // Deliver again after `delay`.
  virtual Status Retry(const Context& context, const std::string& consumer,
                       const Delivery& delivery, Duration delay) = 0;
  // Restarts ack_wait: "still at work".
  virtual Status Extend(const Context& context, const std::string& consumer,
                        const Delivery& delivery) = 0;

  // Deliver the stored events of `subject` (empty = all of the consumer's) from there on to
  // this one consumer again, attempts counted anew. Returns how many.
  virtual Result<std::uint64_t> Replay(const Context& context, const std::string& consumer,
                                       const std::string& subject, const ReplayFrom& from) = 0;

  // Stored events in order, for audits and rebuilds: sequence > `after`, at most `max`. Those that
  // no longer decode are left out and logged.
  virtual Result<std::vector<std::pair<std::uint64_t, Event>>> Read(const Context& context,
                                                                    std::uint64_t after,
                                                                    int max) = 0;

  virtual Result<std::vector<ConsumerState>> Consumers(const Context& context) = 0;

  // Dead letters; their events may be such as no longer decode. Put replaces one with the same id.
  // List is newest first, of one tenant, after `cursor` (an id; empty = start); provisional ones
  // are not listed.
  virtual Status PutDeadLetter(const Context& context, const DeadLetter& letter) = 0;
  virtual Result<std::vector<DeadLetter>> ListDeadLetters(const Context& context,
                                                          const std::string& tenant,
                                                          const std::string& cursor, int max) = 0;
  virtual Result<DeadLetter> GetDeadLetter(const Context& context, const std::string& id) = 0;
  // kNotFound when there is none.
  virtual Status DeleteDeadLetter(const Context& context, const std::string& id) = 0;
  // Delivers the letter's event to its consumer again, attempts counted anew, and removes the
  // letter, both or neither.
  virtual Status RedriveDeadLetter(const Context& context, const std::string& id) = 0;
  // Removes every dead letter about the recording. Returns how many.
  virtual Result<int> PurgeRecording(const Context& context, const std::string& recording_id) = 0;

  // OK when the log can be written. Cheap: called by /readyz.
  virtual Status Ping(const Context& context) = 0;

  // What there is to know about the server behind, as of the last Ping that reached it: what a
  // power loss would cost; for /readyz. Empty when there is nothing to say, or when it is not known
  // yet.
  virtual std::string Facts() { return {}; }
};

}  // namespace vang
