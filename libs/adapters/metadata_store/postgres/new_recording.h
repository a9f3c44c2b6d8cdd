// A recording that was not there, its inbox entry and its events in one statement: one journey, and
// half the work for the server of a transaction that does the same.
#pragma once

#include <string_view>

#include "libs/adapters/postgres/database.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// The text, for measuring it bare. Parameters as NewRecordingStatement binds them.
std::string_view NewRecordingSql();

// `change` holds the inbox and outbox. False = the inbox had the event already. kAlreadyExists, and
// nothing is changed, when there is such a recording.
Result<bool> InsertNewRecording(postgres::Database& database, const Context& context,
                                const Recording& recording, const Change& change);

}  // namespace vang
