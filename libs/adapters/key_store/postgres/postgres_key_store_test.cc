#include "libs/adapters/key_store/postgres/postgres_key_store.h"

#include "tests/contract/key_store_contract.h"
#include "tests/support/postgres_server.h"

namespace vang {
namespace {

Result<std::unique_ptr<KeyStore>> MakePostgresKeyStore(const std::filesystem::path& folder) {
  VANG_ASSIGN_OR_RETURN(const PostgresServer* server, PostgresServer::Shared());
  return OpenPostgresKeyStore(server->ConfigFor(folder));
}

INSTANTIATE_TEST_SUITE_P(Postgres, KeyStoreContract, testing::Values(&MakePostgresKeyStore));

}  // namespace
}  // namespace vang
