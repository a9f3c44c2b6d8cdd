#include "apps/vang/installation.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace vang::cli {

namespace fs = std::filesystem;

namespace {

constexpr char kLockFile[] = "vang.lock";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// "<pid> <url>", as far as it has been written.
std::string ReadLock(int fd) {
  std::array<char, 512> buffer{};
  const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), 0);
  std::string text(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// A lock that somebody else put into a folder says nothing: clients send their key to the address
// that stands in it.
bool IsOurs(const fs::path& folder) {
  struct stat info {};
  return ::lstat((folder / kLockFile).c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         info.st_uid == ::geteuid();
}

}  // namespace

fs::path DefaultDataFolder() {
  if (const std::string data = Environment("VANG_DATA"); !data.empty()) return data;
  if (IsOurs("data")) return "data";
  if (const std::string xdg = Environment("XDG_DATA_HOME"); !xdg.empty()) {
    return fs::path(xdg) / "vang";
  }
  return fs::path(Environment("HOME")) / ".local/share/vang";
}

std::string ForPeople(const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(folder, error), error);
  return error ? folder.string() : whole.string();
}

Result<std::unique_ptr<DataLock>> DataLock::Take(const fs::path& folder) {
  std::error_code error;
  const fs::path path = fs::absolute(folder, error) / kLockFile;
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(path.parent_path()).Wrap("data folder"));
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return ErrnoStatus(errno, "data folder: cannot open " + path.string());
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus(errno, "cannot lock " + path.string());
    const std::string holder = ReadLock(file.get());
    return AlreadyExists("another process works on " + ForPeople(folder) +
                         (holder.empty() ? "" : " (process " + holder + ")") +
                         ": stop it first, or choose another folder with --data");
  }
  std::unique_ptr<DataLock> lock(new DataLock(std::move(file)));
  VANG_RETURN_IF_ERROR(lock->Announce(""));
  return lock;
}

Status DataLock::Announce(const std::string& url) {
  const std::string text = std::to_string(::getpid()) + (url.empty() ? "" : " " + url) + "\n";
  if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
    return ErrnoStatus(errno, "cannot write the lock file");
  }
  return WriteAll(file_.get(), text);
}

std::optional<std::string> ServingUrl(const fs::path& folder) {
  const fs::path path = folder / kLockFile;
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;  // nobody holds it
  const std::string text = ReadLock(file.get());
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return std::nullopt;
  return text.substr(space + 1);
}

}  // namespace vang::cli
