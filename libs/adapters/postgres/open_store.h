// Opens a store that is a template over its database on a PostgreSQL server.
#pragma once

#include <memory>
#include <utility>

#include "libs/adapters/postgres/database.h"

namespace vang::postgres {

// As Database::Open.
template <typename Port, typename Store>
Result<std::unique_ptr<Port>> OpenStore(const Config& config, const sql::Schema& schema) {
  VANG_ASSIGN_OR_RETURN(auto database, Database::Open(config, schema));
  return std::unique_ptr<Port>(std::make_unique<Store>(std::move(database)));
}

}  // namespace vang::postgres
