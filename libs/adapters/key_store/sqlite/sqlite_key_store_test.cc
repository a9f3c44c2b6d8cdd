#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"

#include "tests/contract/key_store_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<KeyStore>> MakeSqliteKeyStore(const std::filesystem::path& folder) {
  return OpenSqliteKeyStore({(folder / "key.db").string()});
}

INSTANTIATE_TEST_SUITE_P(Sqlite, KeyStoreContract, testing::Values(&MakeSqliteKeyStore));

}  // namespace
}  // namespace vang
