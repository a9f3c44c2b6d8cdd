// Puts back into the log what it has lost, when the broker was restored from an older backup or
// began anew: the database is the system of record, the log is rebuildable (design section 3, rule
// 6).
#pragma once

#include <cstdint>

#include "libs/ports/event_bus.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// What was said again.
struct RestoredLog {
  std::int64_t recordings = 0;
  std::int64_t edits = 0;
  std::int64_t deletions = 0;
};

// Publishes recording.ingested of every recording that the log does not know, transcript.edited of
// every edit that it does not, and recording.deleted of those that it still has and the database
// has deleted. What follows from them, the services do as for a new recording, and find in the
// objects what they had done already. Services may run meanwhile; run twice, it does nothing the
// second time. It reads the whole log and remembers all recordings: some 500 bytes for
// each.
// Not restored: changes of titles, tags and speakers as events (their result is in the database).
Result<RestoredLog> RestoreLog(const Context& context, EventBus& bus, MetadataStore& store);

}  // namespace vang
