// The event bus of the embedded shape: a durable log in one SQLite file.
#pragma once

#include <memory>
#include <string>

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

// One process at a time may have the file open.
Result<std::unique_ptr<EventBus>> OpenSqliteEventBus(const SqliteEventBusConfig& config);

}  // namespace vang
