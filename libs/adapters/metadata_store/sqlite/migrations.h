// The schema, step by step. Plain types and no SQLite-only syntax beyond AUTOINCREMENT, so that the
// same tables serve PostgreSQL. A step that was released is never changed; add the next one.
#pragma once

#include <string>
#include <vector>

namespace vang {

const std::vector<std::string>& MetadataMigrations();

}  // namespace vang
