// Opens a store that is a template over its database on one SQLite file.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "libs/adapters/sqlite/database.h"

namespace vang::sqlite {

// The file, with its folder, is made when missing and its schema brought up to date.
// kFailedPrecondition when a newer Vang wrote it.
template <typename Port, typename Store>
Result<std::unique_ptr<Port>> OpenStore(const std::string& path, const sql::Schema& schema,
                                        int readers) {
  VANG_ASSIGN_OR_RETURN(
      auto database, Database::Open({path, sql::StepsFor(schema, sql::Dialect::kSqlite), readers}));
  return std::unique_ptr<Port>(std::make_unique<Store>(std::move(database)));
}

}  // namespace vang::sqlite
