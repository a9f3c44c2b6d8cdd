#include "libs/ports/object_store.h"

namespace vang {

Status CheckObjectKey(std::string_view key) {
  Status bad = InvalidArgument("'" + std::string(key) + "' is not an object key");
  if (key.empty() || key.size() > 1024) return bad;
  std::size_t part_begin = 0;
  for (std::size_t i = 0; i <= key.size(); ++i) {
    if (i == key.size() || key[i] == '/') {
      const std::string_view part = key.substr(part_begin, i - part_begin);
      if (part.empty() || part == "." || part == "..") return bad;
      part_begin = i + 1;
      continue;
    }
    const char c = key[i];
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!allowed) return bad;
  }
  return {};
}

}  // namespace vang
