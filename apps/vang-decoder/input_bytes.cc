#include "apps/vang-decoder/input_bytes.h"

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace vang {
namespace {

constexpr int kBufferBytes = 32 * 1'024;

}  // namespace

InputBytes::InputBytes(int descriptor, std::uint64_t bytes)
    : descriptor_(descriptor), bytes_(static_cast<std::int64_t>(bytes)) {
  auto* buffer = static_cast<unsigned char*>(::av_malloc(kBufferBytes));
  if (buffer == nullptr) return;
  context_ = ::avio_alloc_context(buffer, kBufferBytes, 0, this, &Read, nullptr, &Seek);
  if (context_ == nullptr) ::av_free(buffer);
}

InputBytes::~InputBytes() {
  if (context_ == nullptr) return;
  // FFmpeg may have taken another than the first.
  ::av_freep(static_cast<void*>(&context_->buffer));
  ::avio_context_free(&context_);
}

int InputBytes::Read(void* self, std::uint8_t* buffer, int size) {
  auto* input = static_cast<InputBytes*>(self);
  const std::int64_t most = std::min<std::int64_t>(size, input->bytes_ - input->at_);
  if (most <= 0) return AVERROR_EOF;
  ssize_t n = 0;
  do {
    n = ::pread(input->descriptor_, buffer, static_cast<std::size_t>(most), input->at_);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    input->error_ = errno;
    return AVERROR(input->error_);
  }
  if (n == 0) return AVERROR_EOF;
  input->at_ += n;
  return static_cast<int>(n);
}

std::int64_t InputBytes::Seek(void* self, std::int64_t offset, int whence) {
  auto* input = static_cast<InputBytes*>(self);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return input->bytes_;
    case SEEK_SET:
      break;
    default:
      return AVERROR(EINVAL);  // avio.c turns the rest into SEEK_SET
  }
  if (offset < 0) return AVERROR(EINVAL);
  input->at_ = offset;
  return offset;
}

}  // namespace vang
