// The tables of the registry store.
#pragma once

#include "libs/adapters/sql/schema.h"

namespace vang {

const sql::Schema& RegistrySchema();

}  // namespace vang
