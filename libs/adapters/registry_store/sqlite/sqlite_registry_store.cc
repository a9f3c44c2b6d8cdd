#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"

#include "libs/adapters/registry_store/sql_registry_store.h"
#include "libs/adapters/sqlite/open_store.h"

namespace vang {

Result<std::unique_ptr<RegistryStore>> OpenSqliteRegistryStore(
    const SqliteRegistryStoreConfig& config) {
  return sqlite::OpenStore<RegistryStore, SqlRegistryStore<sqlite::Database>>(config.path,
                                                                              RegistrySchema(), 1);
}

}  // namespace vang
