#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"

#include "libs/adapters/key_store/sql_key_store.h"
#include "libs/adapters/sqlite/open_store.h"

namespace vang {

Result<std::unique_ptr<KeyStore>> OpenSqliteKeyStore(const SqliteKeyStoreConfig& config) {
  return sqlite::OpenStore<KeyStore, SqlKeyStore<sqlite::Database>>(config.path, KeySchema(), 1);
}

}  // namespace vang
