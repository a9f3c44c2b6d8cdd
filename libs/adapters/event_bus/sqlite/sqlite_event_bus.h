// The event bus of the embedded shape: a durable log in one SQLite file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ports/event_bus.h"

namespace vang {

struct SqliteEventBusConfig {
  std::string path;                       // the database file; made when it is not there
  const Clock* clock = &Clock::System();  // must outlive the bus
  // What a killed process had in hand is delivered again when the bus has been open for this long,
  // doubled with each attempt: 1, 2, 4, 8 s.
  Duration crash_delay{1'000};
};

struct StandingConsumer {
  ConsumerConfig config;
  // Every event up to here is settled; what is to be retried or replayed holds it back.
  std::uint64_t settled = 0;
};

class SqliteEventBus : public EventBus {
 public:
  // Every consumer, to go on somewhere else.
  virtual Result<std::vector<StandingConsumer>> WhereConsumersStand(const Context& context) = 0;
};

// One process at a time may have the file open.
Result<std::unique_ptr<SqliteEventBus>> OpenSqliteEventBus(const SqliteEventBusConfig& config);

}  // namespace vang
