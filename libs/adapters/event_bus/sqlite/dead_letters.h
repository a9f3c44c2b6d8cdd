// The dead letters' table, used by the bus.
#pragma once

#include <string>
#include <vector>

#include "libs/adapters/sqlite/database.h"
#include "libs/ports/event_bus.h"

namespace vang::dead_letters {

Status Put(sqlite::Connection& db, const DeadLetter& letter);
Result<std::vector<DeadLetter>> List(sqlite::Connection& db, const std::string& tenant,
                                     const std::string& cursor, int max);
Result<DeadLetter> Get(sqlite::Connection& db, const std::string& id);
// kNotFound when there is none.
Status Delete(sqlite::Connection& db, const std::string& id);
Result<int> Purge(sqlite::Connection& db, const std::string& recording_id);

}  // namespace vang::dead_letters
