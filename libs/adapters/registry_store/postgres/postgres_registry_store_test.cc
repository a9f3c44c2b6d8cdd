#include "libs/adapters/registry_store/postgres/postgres_registry_store.h"

#include "tests/contract/registry_store_contract.h"
#include "tests/support/postgres_server.h"

namespace vang {
namespace {

Result<std::unique_ptr<RegistryStore>> MakePostgresRegistryStore(
    const std::filesystem::path& folder) {
  VANG_ASSIGN_OR_RETURN(const PostgresServer* server, PostgresServer::Shared());
  return OpenPostgresRegistryStore(server->ConfigFor(folder));
}

INSTANTIATE_TEST_SUITE_P(Postgres, RegistryStoreContract,
                         testing::Values(&MakePostgresRegistryStore));

}  // namespace
}  // namespace vang
