// Which objects have been copied and compared, so that an import that was interrupted does not read
// them again: lines `sha256 size key` in a file of the data folder, below one that says where to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "libs/base/file.h"
#include "libs/base/status.h"

namespace vang::cli {

// Used by one thread. A line that is lost or torn by a crash means that an object is read once
// more.
class Marks {
 public:
  // What `path` holds of an import to `destination`; nothing, of one to somewhere else. Makes no
  // file.
  static Result<Marks> Read(const std::filesystem::path& path, const std::string& destination);

  bool Holds(const std::string& key, std::uint64_t size) const;
  std::size_t size() const { return marked_.size(); }

  Status Add(const std::string& key, std::uint64_t size, const std::string& sha256);
  // The import is complete.
  Status Remove();

 private:
  Marks(std::filesystem::path path, std::string head)
      : path_(std::move(path)), head_(std::move(head)) {}

  std::filesystem::path path_;
  std::string head_;              // the first line
  std::set<std::string> marked_;  // "size key"
  std::size_t whole_ = 0;         // bytes of the file that are whole lines of ours
  FileDescriptor file_;           // once something was added
};

}  // namespace vang::cli
