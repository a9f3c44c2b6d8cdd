// Brings a schema up to date.
#pragma once

#include <string>
#include <vector>

#include "libs/adapters/postgres/config.h"
#include "libs/adapters/postgres/connection.h"
#include "libs/adapters/sql/schema.h"

namespace vang::postgres {

// Each missing step in a transaction of its own, under a lock that every process takes, so that
// many may start at once and one that dies leaves whole steps. When nothing is missing, ends with
// the context; otherwise goes on until Config::migration_timeout or a stop, because a step that is
// cut short would begin anew the next time. kFailedPrecondition when a newer Vang has been here.
Status Migrate(Connection& connection, const Config& config, const sql::Schema& schema,
               const Context& context);

}  // namespace vang::postgres
