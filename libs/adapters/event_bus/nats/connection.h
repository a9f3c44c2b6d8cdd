// A connection to NATS that is made again for ever, on libnats, with a deadline on every call.
// Thread-safe.
//
// libnats 3.4.1 (Debian 12) must be used with care. Its Fetch writes past an array when the batch
// is over 1, so pulls are made here by hand. And a subscription that is destroyed while a message
// for it arrives is used after it was freed; so inboxes are used again and again, and one that
// cannot be is unsubscribed first and destroyed only after a later answer was read (by then the
// reading thread has let go of it).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/base/context.h"
#include "libs/base/guarded.h"

using natsMsg = struct __natsMsg;  // NOLINT(readability-identifier-naming): as in nats.h

namespace vang::nats {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A message that came in.
class Message {
 public:
  explicit Message(natsMsg* message) : message_(message) {}

  std::string_view subject() const;
  std::string_view reply() const;
  std::string_view body() const;
  // Empty when there is none.
  std::string Header(const char* name) const;

 private:
  struct Destroy {
    void operator()(natsMsg* message) const;
  };
  std::unique_ptr<natsMsg, Destroy> message_;
};

struct Outgoing {
  std::string subject;
  std::string body;
  Headers headers;
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(NatsEventBusConfig config);
  ~Connection();

  // One message that nobody answers. OK: it is on its way, and arrives before whatever this
  // connection sends after it, or not at all.
  Status Send(const Context& context, const Outgoing& message);
  // One request, one answer. kUnavailable when nobody answers or the connection is lost.
  Result<Message> Request(const Context& context, const Outgoing& request);
  // Requests at once, answers in the order they come.
  Result<std::vector<Message>> RequestAll(const Context& context,
                                          const std::vector<Outgoing>& requests);

  // Asks the pull subject of a consumer for up to `batch` messages. `wait` 0: those that are there;
  // else waits that long for the first (and then takes no further ones: batch must be 1).
  // kNotFound when nobody answers, which may also be a server that hangs.
  Result<std::vector<Message>> Pull(const Context& context, const std::string& subject, int batch,
                                    Duration wait);

  // Bytes that one message may have, headers included; 0 while not connected.
  std::size_t MaxPayload();

 private:
  class Link;
  explicit Connection(NatsEventBusConfig config) : config_(std::move(config)) {}
  // The link that lives, or a new one when the last was closed for good.
  Result<std::shared_ptr<Link>> Current();
  // A link that is connected, waiting for it until the deadline.
  Result<std::shared_ptr<Link>> Connected(const Context& context);

  const NatsEventBusConfig config_;
  std::mutex mutex_;
  std::shared_ptr<Link> link_;
  std::chrono::steady_clock::time_point next_link_;
  std::string error_;
  Guarded<std::string>* complaint_ = nullptr;
};

}  // namespace vang::nats
