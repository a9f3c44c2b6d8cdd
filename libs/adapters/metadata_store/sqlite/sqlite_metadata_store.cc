#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"

#include "libs/adapters/metadata_store/sql_metadata_store.h"
#include "libs/adapters/sqlite/open_store.h"

namespace vang {

Result<std::unique_ptr<MetadataStore>> OpenSqliteMetadataStore(
    const SqliteMetadataStoreConfig& config) {
  return sqlite::OpenStore<MetadataStore, SqlMetadataStore<sqlite::Database>>(config.path,
                                                                              MetadataSchema(), 2);
}

}  // namespace vang
