// A file for FFmpeg's demuxers, read with pread alone.
#pragma once

#include <cstdint>

struct AVIOContext;

namespace vang {

class InputBytes {
 public:
  InputBytes(int descriptor, std::uint64_t bytes);
  ~InputBytes();
  InputBytes(const InputBytes&) = delete;
  InputBytes& operator=(const InputBytes&) = delete;

  AVIOContext* context() { return context_; }  // null when there is no memory
  int error() const { return error_; }         // the errno of the last read that failed, or 0

 private:
  static int Read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t Seek(void* self, std::int64_t offset, int whence);

  const int descriptor_;
  const std::int64_t bytes_;
  std::int64_t at_ = 0;
  int error_ = 0;
  AVIOContext* context_ = nullptr;
};

}  // namespace vang
