// The tables of the key store.
#pragma once

#include "libs/adapters/sql/schema.h"

namespace vang {

const sql::Schema& KeySchema();

}  // namespace vang
