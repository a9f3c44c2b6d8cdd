// The metadata store of the embedded shape: one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "libs/ports/metadata_store.h"

namespace vang {

struct SqliteMetadataStoreConfig {
  std::string path;  // of the database file; made, with its folder, when missing
};

// Brings the schema up to date. kFailedPrecondition when a newer Vang wrote the file.
Result<std::unique_ptr<MetadataStore>> OpenSqliteMetadataStore(
    const SqliteMetadataStoreConfig& config);

}  // namespace vang
