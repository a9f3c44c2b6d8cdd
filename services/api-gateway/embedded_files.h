// The page's files and the hand-written part of the OpenAPI document as they were when the program
// was built.
#pragma once

#include <span>
#include <string_view>

namespace vang {

struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

extern const std::span<const EmbeddedFile> kEmbeddedFiles;

}  // namespace vang
