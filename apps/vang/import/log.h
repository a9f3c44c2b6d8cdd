// The event log on its way from the embedded bus to JetStream: every event under its own id, the
// dead letters, and where the consumers stand.
#pragma once

#include <cstdint>

#include "apps/vang/import/objects.h"
#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/ports/event_bus.h"

namespace vang::cli {

struct LogCounts {
  std::int64_t events = 0;
  std::int64_t there = 0;  // at the destination
  std::int64_t letters = 0;
  std::int64_t consumers = 0;  // that go on where they stood
};

// Compares the two logs. kFailedPrecondition when the destination's is not a beginning of ours, or
// when services have begun to work on it. Changes nothing.
Result<LogCounts> LookAtLog(const Context& context, EventBus& from, EventBus& to);

// Publishes what is missing, in the log's order, then the dead letters, and makes the consumers
// start where they stood. Embeddings alone begins at the beginning: the search index is not moved,
// and made anew by that.
Status MoveLog(const Context& context, SqliteEventBus& from, NatsEventBus& to,
               const Progress& progress, LogCounts* counts);

}  // namespace vang::cli
