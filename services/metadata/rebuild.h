// The rows of all recordings made anew from the log alone (design section 3, rule 6).
#pragma once

#include "libs/ports/event_bus.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// Publishes all that is in the outbox now: an event that waits there has its effect in the rows,
// but is not in the log yet.
Status PublishOutbox(const Context& context, EventBus& bus, MetadataStore& store);

// Publishes what is still in the outbox, clears the store and applies the log's events in their
// order; afterwards ContentHash is what it was before. Objects and keys are not touched. Nothing
// else may use the store meanwhile: stop the metadata module first. Cut off in the middle, it has
// to be run again from the start.
Status RebuildMetadata(const Context& context, EventBus& bus, MetadataStore& store);

}  // namespace vang
