#include "libs/adapters/key_store/postgres/postgres_key_store.h"

#include "libs/adapters/key_store/sql_key_store.h"
#include "libs/adapters/postgres/open_store.h"

namespace vang {

Result<std::unique_ptr<KeyStore>> OpenPostgresKeyStore(const postgres::Config& config) {
  return postgres::OpenStore<KeyStore, SqlKeyStore<postgres::Database>>(config, KeySchema());
}

}  // namespace vang
