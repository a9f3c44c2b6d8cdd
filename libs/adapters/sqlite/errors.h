// SQLite's result codes as ours.
#pragma once

#include <string_view>

#include "libs/base/status.h"

struct sqlite3;

namespace vang::sqlite {

// Of the last failed call on `db`: full disk is kResourceExhausted, I/O errors and corruption
// kDataLoss, a violated constraint kAlreadyExists.
Status ErrorStatus(sqlite3* db, std::string_view what);

}  // namespace vang::sqlite
