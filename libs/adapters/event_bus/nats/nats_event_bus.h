// The event bus of the distributed shape: NATS JetStream, server 2.9.10 or newer.
//
// Layout under `prefix` (streams <prefix>-events, <prefix>-again, <prefix>-letters, all on file):
//   events   <prefix>.event.<subject>.<event id>, kept without limit. One message per subject and
//            new ones refused: the server itself stores an id once, however late it comes again.
//   again    <prefix>.again.<consumer>: copies of events for one consumer alone, by Replay and
//            RedriveDeadLetter; a work queue, so each goes with its acknowledgement. A durable
//            consumer cannot be moved back, and its attempts cannot be set to nought.
//   letters  <prefix>.letter.<tenant>.<recording>.<id>: one message per dead letter.
// A consumer is one durable pull consumer of the same name on `events` and one on `again`. One, and
// not one per subject: deliveries come in the log's order and max_in_flight holds for all of them.
// It is filtered by the server where that is 2.10 or newer. A 2.9 server has no filter of several
// subjects; there the bus passes over what the consumer did not ask for, and `pending` of a
// consumer of several subjects counts that too.
//
// The server counts attempts (so a crash counts) and never gives an event up: ending it is for the
// dead letters of libs/runtime/consumer.h, and there is no MAX_DELIVERIES to sweep.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/ports/event_bus.h"

namespace vang {

struct NatsEventBusConfig {
  std::vector<std::string> urls = {"nats://127.0.0.1:4222"};
  // Letters, digits, '-' and '_'. Two deployments may share a server under two prefixes.
  std::string prefix = "vang";
  // Of streams that are made; 1, 3 or 5.
  int replicas = 1;
  // False: a stream that is missing stays missing, and calls that need it are kNotFound.
  bool make_streams = true;

  // At most one of: user and password, token, nkey (public key and seed file), credentials file.
  std::string user = {};
  std::string password = {};
  std::string token = {};
  std::string nkey = {};
  std::string nkey_seed_file = {};
  std::string credentials_file = {};

  bool tls = false;
  std::string tls_ca_file = {};           // empty = the system's
  std::string tls_certificate_file = {};  // of the client; empty = none
  std::string tls_key_file = {};
  std::string tls_server_name = {};  // empty = the host of a single URL

  // The server's monitoring port, e.g. "http://127.0.0.1:8222": the one place that tells how it
  // syncs. Empty = unknown.
  std::string monitor_url = {};

  // How long the server remembers ids in memory too, which spares it a look into the log.
  Duration duplicate_window{120'000};
  // For calls whose context has no nearer deadline.
  Duration timeout{10'000};
};

class NatsEventBus : public EventBus {
 public:
  // As EnsureConsumer, but one that is not there yet starts after `sequence` of the log and not at
  // its beginning.
  virtual Status EnsureConsumerFrom(const Context& context, const ConsumerConfig& config,
                                    std::uint64_t sequence) = 0;
};

// Returns at once, whether or not a server is there: the connection is made and made again for ever
// (pauses of 0.1 to 5 s), and calls fail with kUnavailable meanwhile. The streams are made by the
// first call that finds a server. kInvalidArgument for a setting that cannot be.
Result<std::unique_ptr<NatsEventBus>> OpenNatsEventBus(NatsEventBusConfig config);

}  // namespace vang
