// Rows of the metadata tables to structs and back. Every function works on the connection that its
// caller's transaction runs on.
#pragma once

#include "libs/adapters/sqlite/database.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// Applies one row change.
Status Apply(sqlite::Connection& connection, const Mutation& mutation);

// The recording with its tags and speakers, or nothing.
Result<std::optional<Recording>> FindRecording(sqlite::Connection& connection,
                                               const std::string& id);

// All rows of the recording; empty when it is absent.
Result<RecordingRows> ReadRows(sqlite::Connection& connection, const std::string& id);

// SHA-256 over the tables that a rebuild restores.
Result<std::string> HashTables(sqlite::Connection& connection);

}  // namespace vang
