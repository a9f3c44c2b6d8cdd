// The metadata store of the distributed shape: tables in PostgreSQL.
#pragma once

#include <memory>

#include "libs/adapters/postgres/config.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// Brings the schema up to date, now or, when the server does not answer yet, with the first call
// that reaches it. kInvalidArgument for a configuration that cannot be, kFailedPrecondition when a
// newer Vang made the tables.
Result<std::unique_ptr<MetadataStore>> OpenPostgresMetadataStore(const postgres::Config& config);

}  // namespace vang
