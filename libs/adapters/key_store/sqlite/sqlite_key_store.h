// The key store of the embedded shape: one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "libs/ports/key_store.h"

namespace vang {

struct SqliteKeyStoreConfig {
  std::string path;  // of the database file; made, with its folder, when missing
};

Result<std::unique_ptr<KeyStore>> OpenSqliteKeyStore(const SqliteKeyStoreConfig& config);

}  // namespace vang
