#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"

#include "tests/contract/metadata_store_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<MetadataStore>> MakeSqliteMetadataStore(
    const std::filesystem::path& folder) {
  return OpenSqliteMetadataStore({(folder / "metadata.db").string()});
}

INSTANTIATE_TEST_SUITE_P(Sqlite, MetadataStoreContract, testing::Values(&MakeSqliteMetadataStore));

}  // namespace
}  // namespace vang
