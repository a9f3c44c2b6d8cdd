// The registry store of the embedded shape: one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "libs/ports/registry_store.h"

namespace vang {

struct SqliteRegistryStoreConfig {
  std::string path;  // of the database file; made, with its folder, when missing
};

Result<std::unique_ptr<RegistryStore>> OpenSqliteRegistryStore(
    const SqliteRegistryStoreConfig& config);

}  // namespace vang
