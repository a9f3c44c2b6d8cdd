#include "libs/adapters/audio_decoder/ffmpeg/input_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vang {

Result<InputFile> InputFile::Of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return ErrnoStatus(errno, "cannot look at the audio file");
  if (!S_ISREG(info.st_mode)) return InvalidArgument("the audio is not a regular file");
  return InputFile(fd, static_cast<std::uint64_t>(info.st_size));
}

std::string InputFile::At(std::uint64_t offset, std::size_t count) const {
  if (offset >= size_) return {};
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset)), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n = ::pread(fd_, bytes.data() + filled, bytes.size() - filled,
                              static_cast<off_t>(offset + filled));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

std::uint64_t BigEndian(const std::string& bytes, std::size_t at, std::size_t count) {
  if (at + count > bytes.size()) return 0;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number = (number << 8) | static_cast<unsigned char>(bytes[at + i]);
  }
  return number;
}

std::uint64_t LittleEndian(const std::string& bytes, std::size_t at, std::size_t count) {
  if (at + count > bytes.size()) return 0;
  std::uint64_t number = 0;
  for (std::size_t i = count; i > 0; --i) {
    number = (number << 8) | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return number;
}

}  // namespace vang
