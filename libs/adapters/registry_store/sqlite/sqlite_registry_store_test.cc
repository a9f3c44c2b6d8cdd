#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"

#include "tests/contract/registry_store_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<RegistryStore>> MakeSqliteRegistryStore(
    const std::filesystem::path& folder) {
  return OpenSqliteRegistryStore({(folder / "registry.db").string()});
}

INSTANTIATE_TEST_SUITE_P(Sqlite, RegistryStoreContract, testing::Values(&MakeSqliteRegistryStore));

}  // namespace
}  // namespace vang
