// Files that are to survive: written beside their place, synced, renamed, and the folder synced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace vang {

// Owns a file descriptor; closes it on destruction.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

// Reads the whole file; kOutOfRange when it is larger than `limit` bytes.
Result<std::string> ReadFile(const std::filesystem::path& path,
                             std::size_t limit = std::size_t{1} << 30);

// Writes all of `bytes` to `fd`, across short writes and EINTR.
Status WriteAll(int fd, std::string_view bytes);

// Durable and atomic: after OK the file has this content even if the power fails at once; before,
// readers see the old content or none. Missing parent folders are made.
Status WriteFileDurably(const std::filesystem::path& path, std::string_view bytes);

// fsync of a folder, so that names created or renamed in it last.
Status SyncFolder(const std::filesystem::path& folder);

// Makes `folder` and its parents, each synced into the one above it.
Status CreateFoldersDurably(const std::filesystem::path& folder);

}  // namespace vang
