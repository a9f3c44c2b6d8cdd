// The schema files of this folder as they were when the program was built.
#pragma once

#include <span>
#include <string_view>

namespace vang {

struct EmbeddedSchema {
  std::string_view name;
  std::string_view text;
};

extern const std::span<const EmbeddedSchema> kEmbeddedSchemas;

}  // namespace vang
