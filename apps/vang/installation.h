// Where things are: the data folder with its lock, and the models that ship.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/file.h"
#include "libs/base/status.h"

namespace vang::cli {

// VANG_DATA, else $XDG_DATA_HOME/vang, else ~/.local/share/vang.
std::filesystem::path DefaultDataFolder();

// One process at a time works on a data folder. The lock goes with the process, however it ends.
class DataLock {
 public:
  // Makes the folder when it is missing. kAlreadyExists, naming the process that has it and its
  // address, when another one works on it.
  static Result<std::unique_ptr<DataLock>> Take(const std::filesystem::path& folder);

  // Writes down where this process serves, for the clients on this machine.
  Status Announce(const std::string& url);

 private:
  explicit DataLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

// The address that the process which holds the folder's lock has announced; nothing when none does.
std::optional<std::string> ServingUrl(const std::filesystem::path& folder);

struct ModelFolders {
  std::string speech;  // empty when there is none
  std::string text;
  std::string embedding;
};

// In `models` when given, else VANG_MODELS, else ../share/vang/models or ../../models as seen from
// this program. kNotFound, saying where it looked.
Result<ModelFolders> FindModels(const std::string& models);

}  // namespace vang::cli
