#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"

#include "tests/contract/metadata_store_contract.h"
#include "tests/support/postgres_server.h"

namespace vang {
namespace {

Result<std::unique_ptr<MetadataStore>> MakePostgresMetadataStore(
    const std::filesystem::path& folder) {
  VANG_ASSIGN_OR_RETURN(const PostgresServer* server, PostgresServer::Shared());
  return OpenPostgresMetadataStore(server->ConfigFor(folder));
}

INSTANTIATE_TEST_SUITE_P(Postgres, MetadataStoreContract,
                         testing::Values(&MakePostgresMetadataStore));

}  // namespace
}  // namespace vang
