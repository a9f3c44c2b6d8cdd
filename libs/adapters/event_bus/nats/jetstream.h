// The parts of JetStream's API that the bus uses, as JSON requests: one way for both server
// generations and independent of what libnats knows. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "libs/adapters/event_bus/nats/connection.h"
#include "libs/common/json.h"

namespace vang::nats {

// A message as it is stored.
struct Stored {
  std::uint64_t sequence = 0;
  std::string subject;
  std::string body;
  TimeMs time = 0;
};

// What the subject of an acknowledgement says about its delivery.
struct AckSubject {
  std::string stream;
  std::string consumer;
  int delivered = 0;  // 1 for the first time
  std::uint64_t sequence = 0;
  std::uint64_t order = 0;  // of the consumer's deliveries, from 1

  // kInvalidArgument for what is no such subject.
  static Result<AckSubject> Parse(std::string_view subject);
};

// A text as one token of a subject: itself where it may stand there, else '=' and its bytes in hex.
std::string Token(std::string_view text);

class JetStream {
 public:
  explicit JetStream(Connection* connection) : connection_(connection) {}

  // `$JS.API.<call>`. The server's errors: 404 is kNotFound, 503 kUnavailable, a lack of room
  // kResourceExhausted, the rest kInternal with the server's words.
  Result<JsonObject> Call(const Context& context, const std::string& call,
                          const JsonObject& arguments = {});

  // Stores a message. kAlreadyExists when the stream refuses a second one of its subject.
  struct Ack {
    std::uint64_t sequence = 0;
    bool duplicate = false;
  };
  Result<Ack> Publish(const Context& context, const Outgoing& message);
  Status PublishAll(const Context& context, const std::vector<Outgoing>& messages);

  // The last message of `subject` (which may have wildcards), the first one of it from a sequence
  // on, or the one with a sequence. kNotFound when there is none.
  Result<Stored> Last(const Context& context, const std::string& stream,
                      const std::string& subject);
  Result<Stored> Next(const Context& context, const std::string& stream, const std::string& subject,
                      std::uint64_t from);
  Result<Stored> At(const Context& context, const std::string& stream, std::uint64_t sequence);
  // kNotFound when it is gone already.
  Status Delete(const Context& context, const std::string& stream, std::uint64_t sequence);

  // Hands over the messages of `subject` that are stored now, in order, until `visit` gives false.
  struct From {
    std::uint64_t sequence = 1;
    std::optional<TimeMs> time;  // instead of a sequence
    bool headers_only = false;
  };
  using Visit = std::function<Result<bool>(std::uint64_t sequence, const Message& message)>;
  Status Scan(const Context& context, const std::string& stream, const std::string& subject,
              const From& from, const Visit& visit);

 private:
  Result<Stored> Get(const Context& context, const std::string& stream, const JsonObject& which);
  Result<Ack> ReadAck(const Message& answer);

  Connection* connection_;
};

}  // namespace vang::nats
