#include "libs/base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "libs/base/uuid.h"

namespace vang {

void FileDescriptor::Reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t limit) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open " + path.string());
  std::string bytes;
  char buffer[65536];
  while (true) {
    ssize_t n = ::read(fd.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot read " + path.string());
    if (n == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(n) > limit) {
      return Status(Code::kOutOfRange,
                    path.string() + " is larger than " + std::to_string(limit) + " bytes");
    }
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status WriteFileDurably(const std::filesystem::path& path, std::string_view bytes) {
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(path.parent_path()));
  const std::filesystem::path temporary = path.string() + ".tmp-" + RandomHex(8);
  FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot create " + temporary.string());
  Status status = WriteAll(fd.get(), bytes).Wrap("cannot write " + temporary.string());
  if (status.ok() && ::fsync(fd.get()) != 0) status = ErrnoStatus(errno, "fsync");
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus(errno, "cannot rename to " + path.string());
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(path.parent_path());
}

Status SyncFolder(const std::filesystem::path& folder) {
  const std::filesystem::path target = folder.empty() ? "." : folder;
  FileDescriptor fd(::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open folder " + target.string());
  if (::fsync(fd.get()) != 0) return ErrnoStatus(errno, "fsync of folder " + target.string());
  return {};
}

Status CreateFoldersDurably(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) return {};
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(folder.parent_path()));
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) return ErrnoStatus(error.value(), "cannot create folder " + folder.string());
  return SyncFolder(folder.parent_path());
}

}  // namespace vang
