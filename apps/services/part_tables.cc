#include "apps/services/parts.h"
#include "apps/services/server_configs.h"
#include "libs/adapters/key_store/postgres/postgres_key_store.h"
#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"
#include "libs/adapters/registry_store/postgres/postgres_registry_store.h"

namespace vang::services {

Result<postgres::Config> TablesConfig(const Settings& settings) {
  postgres::Config config;
  config.host = settings.Text("postgres.host");
  VANG_ASSIGN_OR_RETURN(config.port, settings.Number("postgres.port", 1, 65'535));
  config.database = settings.Text("postgres.database");
  config.user = settings.Text("postgres.user");
  config.password_file = settings.Text("postgres.password_file");
  config.schema = settings.Text("postgres.schema");
  config.tls = settings.Text("postgres.tls");
  config.tls_root_file = settings.Text("postgres.ca_file");
  VANG_ASSIGN_OR_RETURN(config.connections, settings.Number("postgres.connections", 1, 1'000));
  return config;
}

Result<MetadataStore*> Parts::Metadata() {
  VANG_ASSIGN_OR_RETURN(const postgres::Config config, TablesConfig(*settings_));
  VANG_ASSIGN_OR_RETURN(auto store, OpenPostgresMetadataStore(config));
  return Keep(std::move(store));
}

Result<KeyStore*> Parts::Keys() {
  VANG_ASSIGN_OR_RETURN(const postgres::Config config, TablesConfig(*settings_));
  VANG_ASSIGN_OR_RETURN(auto store, OpenPostgresKeyStore(config));
  return Keep(std::move(store));
}

Result<RegistryStore*> Parts::Registry() {
  VANG_ASSIGN_OR_RETURN(const postgres::Config config, TablesConfig(*settings_));
  VANG_ASSIGN_OR_RETURN(auto store, OpenPostgresRegistryStore(config));
  return Keep(std::move(store));
}

}  // namespace vang::services
