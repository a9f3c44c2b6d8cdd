// A folder of its own that goes away with the object. For tests and for spooling.
#pragma once

#include <filesystem>

#include "libs/base/uuid.h"

namespace vang {

class TempFolder {
 public:
  TempFolder() : path_(std::filesystem::temp_directory_path() / ("vang-" + RandomHex(8))) {
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace vang
