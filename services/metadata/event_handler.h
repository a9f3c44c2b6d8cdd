// The consumer "metadata": applies every event to the rows of its recording, and takes away what a
// deleted recording leaves outside of the rows: its audio, its transcripts and its dead letters.
//
// How a deletion meets an upload of the same audio, whose object has the same key: the question "is
// the recording there?" and the removal of its objects are one transaction on the recording
// (MetadataStore::Update). Registering an upload is one too, and looks at the audio inside of it.
// So they come one after the other, whichever process runs them:
//   - removal first: registration misses the audio and asks for it once more (503);
//   - registration first: the removal finds the recording there and removes nothing. What the
//     former life left is what the new one writes again: keys and bytes are the same.
// The audio of a refused upload (DELETE /internal/v1/objects/{sha256}) is removed in the same way.
// Removing runs before the event is acknowledged and twice does no harm, so a crash costs nothing.
//
// A stage that was at work during the deletion writes its result, or its dead letter, after the
// removal. Its event finds no recording but a receipt, and the removal runs again.
#pragma once

#include "libs/ports/event_bus.h"
#include "services/metadata/service.h"

namespace vang::metadata {

Status HandleEvent(const Context& context, const Service& service, const Delivery& delivery);

}  // namespace vang::metadata
