// The bytes of an uploaded file, read where we want them and never beyond its end.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/status.h"

namespace vang {

// Does not own the descriptor. Thread-safe.
class InputFile {
 public:
  // kInvalidArgument when the descriptor is not a regular file: a pipe cannot be read twice.
  static Result<InputFile> Of(int fd);

  std::uint64_t size() const { return size_; }
  // The bytes from `offset`, at most `count`; fewer at the end of the file, or when it cannot be
  // read.
  std::string At(std::uint64_t offset, std::size_t count) const;

 private:
  InputFile(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  int fd_;
  std::uint64_t size_;
};

// Numbers inside `bytes`; 0 when they are not all there.
std::uint64_t BigEndian(const std::string& bytes, std::size_t at, std::size_t count);
std::uint64_t LittleEndian(const std::string& bytes, std::size_t at, std::size_t count);

}  // namespace vang
