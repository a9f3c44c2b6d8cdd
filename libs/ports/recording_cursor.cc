#include <algorithm>
#include <charconv>

#include "libs/ports/metadata_store.h"

namespace vang {

std::string RecordingCursor(const Recording& row) {
  return std::to_string(row.created_at) + "." + row.id;
}

Result<std::pair<TimeMs, std::string>> ParseRecordingCursor(std::string_view cursor) {
  const std::size_t dot = cursor.find('.');
  TimeMs time = 0;
  const auto [end, error] =
      std::from_chars(cursor.data(), cursor.data() + std::min(dot, cursor.size()), time);
  if (dot == std::string_view::npos || dot == 0 || error != std::errc() ||
      end != cursor.data() + dot || dot + 1 == cursor.size()) {
    return InvalidArgument("cursor: '" + std::string(cursor) +
                           "' is no cursor; take next_cursor of the page before as it is");
  }
  return std::pair{time, std::string(cursor.substr(dot + 1))};
}

}  // namespace vang
