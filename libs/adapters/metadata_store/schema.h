// The tables of the metadata store.
#pragma once

#include "libs/adapters/sql/schema.h"

namespace vang {

const sql::Schema& MetadataSchema();

}  // namespace vang
