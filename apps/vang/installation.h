// The data folder and its lock.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/file.h"
#include "libs/base/status.h"

namespace vang::cli {

// VANG_DATA, else ./data when this user's Vang has worked there (`make run` does), else
// $XDG_DATA_HOME/vang, else ~/.local/share/vang.
std::filesystem::path DefaultDataFolder();

// The folder's whole path without "..".
std::string ForPeople(const std::filesystem::path& folder);

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

}  // namespace vang::cli
