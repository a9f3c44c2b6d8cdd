#include "libs/adapters/registry_store/postgres/postgres_registry_store.h"

#include "libs/adapters/postgres/open_store.h"
#include "libs/adapters/registry_store/sql_registry_store.h"

namespace vang {

Result<std::unique_ptr<RegistryStore>> OpenPostgresRegistryStore(const postgres::Config& config) {
  return postgres::OpenStore<RegistryStore, SqlRegistryStore<postgres::Database>>(config,
                                                                                  RegistrySchema());
}

}  // namespace vang
