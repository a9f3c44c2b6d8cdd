// What an event means for the rows of its recording: a pure function, so that the consumer, the
// handlers and a rebuild from the log cannot disagree. Times come from events and never from a
// clock. The order in which the stages of a recording arrive does not change where they end; nor
// does an event that comes twice.
#pragma once

#include <optional>
#include <string>

#include "libs/common/event.h"
#include "libs/ports/metadata_store.h"

namespace vang::metadata {

// The recording that the event is about; nothing for events about datasets, training and models.
std::optional<std::string> RecordingOf(const Event& event);

// The changes that `event` makes to `rows`, without inbox and outbox. Nothing changes when the
// recording is absent (deleted, or never there) or another tenant's. kInvalidArgument for an event
// whose data cannot be read.
//
// Status is computed from the stages of the current version, which is the newest one that is
// readable, or the newest while none is:
//   queued → transcribed → readable → completed, or
//   failed   while the last word of asr, nlp-post or embeddings is recording.failed, or when the
//            ledger (design section 3, rule 7) does not add up: fewer points than segments, or no
//            segments though there was speech. The stage is then "ledger".
Result<Change> ApplyEvent(const Event& event, const RecordingRows& rows);

}  // namespace vang::metadata
