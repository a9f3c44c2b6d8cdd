#include "apps/vang/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "libs/base/sha256.h"

namespace vang::cli {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;

// Reads on after a signal.
ssize_t ReadSome(int fd, char* buffer, std::size_t size) {
  while (true) {
    const ssize_t n = ::read(fd, buffer, size);
    if (n >= 0 || errno != EINTR) return n;
  }
}

Result<FileDescriptor> SpoolInput() {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  FileDescriptor spool(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!spool.valid()) return ErrnoStatus(errno, "cannot make a file in " + folder.string());
  std::vector<char> buffer(kChunk);
  while (true) {
    const ssize_t n = ReadSome(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0) return ErrnoStatus(errno, "cannot read standard input");
    if (n == 0) break;
    VANG_RETURN_IF_ERROR(
        WriteAll(spool.get(), std::string_view(buffer.data(), static_cast<std::size_t>(n))));
  }
  if (::lseek(spool.get(), 0, SEEK_SET) != 0) return ErrnoStatus(errno, "seek");
  return spool;
}

class FileBodyReader : public http::BodyReader {
 public:
  FileBodyReader(FileDescriptor file, std::function<void(std::uint64_t)> on_read)
      : file_(std::move(file)), on_read_(std::move(on_read)) {}

  Result<std::size_t> Read(const Context& context, char* buffer, std::size_t size) override {
    VANG_RETURN_IF_ERROR(context.Check());
    const ssize_t n = ReadSome(file_.get(), buffer, size);
    if (n < 0) return ErrnoStatus(errno, "cannot read the file");
    taken_ += static_cast<std::uint64_t>(n);
    if (on_read_) on_read_(taken_);
    return static_cast<std::size_t>(n);
  }

 private:
  FileDescriptor file_;
  std::function<void(std::uint64_t)> on_read_;
  std::uint64_t taken_ = 0;
};

}  // namespace

Result<InputFile> OpenInput(const std::string& path) {
  InputFile input;
  if (path == "-") {
    input.name = "stdin";
    VANG_ASSIGN_OR_RETURN(input.file, SpoolInput());
  } else {
    input.name = std::filesystem::path(path).filename().string();
    input.file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!input.file.valid()) return ErrnoStatus(errno, "cannot open " + path);
  }
  struct stat info {};
  if (::fstat(input.file.get(), &info) != 0) return ErrnoStatus(errno, "cannot look at " + path);
  if (S_ISDIR(info.st_mode)) return InvalidArgument(path + " is a folder");
  if (!S_ISREG(info.st_mode)) return InvalidArgument(path + " is not a file; pipe it in and use -");
  input.size = static_cast<std::uint64_t>(info.st_size);
  return input;
}

Result<std::string> HashInput(const InputFile& input) {
  Sha256 hash;
  std::vector<char> buffer(kChunk);
  off_t offset = 0;
  while (true) {
    const ssize_t n = ::pread(input.file.get(), buffer.data(), buffer.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot read " + input.name);
    if (n == 0) return hash.HexDigest();
    hash.Update(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    offset += n;
  }
}

std::unique_ptr<http::BodyReader> FileBody(FileDescriptor file,
                                           std::function<void(std::uint64_t)> on_read) {
  return std::make_unique<FileBodyReader>(std::move(file), std::move(on_read));
}

}  // namespace vang::cli
