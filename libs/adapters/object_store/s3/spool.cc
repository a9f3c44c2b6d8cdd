#include "libs/adapters/object_store/s3/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace vang::s3 {

Result<FileDescriptor> CreateSpool(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path at =
      folder.empty() ? std::filesystem::temp_directory_path(error) : folder;
  if (error) return ErrnoStatus(error.value(), "there is no folder for temporary files");
  FileDescriptor file(::open(at.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  // File systems that cannot have a file without a name.
  if (!file.valid() && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    std::string name = (at / "vang-spool-XXXXXX").string();
    file.Reset(::mkostemp(name.data(), O_CLOEXEC));
    if (file.valid()) ::unlink(name.c_str());
  }
  if (!file.valid()) return ErrnoStatus(errno, "cannot create a spool file in " + at.string());
  return file;
}

Status WriteAt(int fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot write a spool file");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<FileDescriptor> ReopenForReading(const FileDescriptor& spool) {
  const std::string name = "/proc/self/fd/" + std::to_string(spool.get());
  FileDescriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(errno, "cannot reopen a spool file");
  return file;
}

}  // namespace vang::s3
