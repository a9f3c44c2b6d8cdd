// Any audio or video file to samples. Decoding happens in a limited child process: allow-listed
// formats, no network, bounded memory and time. Thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "libs/base/context.h"
#include "libs/base/file.h"
#include "libs/base/status.h"

namespace vang {

struct DecodeLimits {
  double max_seconds = 4 * 3600;
};

// 16 kHz mono samples in [-1, 1], from the front to the back. Not thread-safe.
class AudioStream {
 public:
  virtual ~AudioStream() = default;
  // Fills the front of `samples`; 0 = the end. The end is only reported for a file that decoded
  // well: kInvalidArgument for what is not audio, is cut off or holds no sound track, kOutOfRange
  // when it is longer than the limit.
  virtual Result<std::size_t> Read(const Context& context, std::span<float> samples) = 0;
};

class AudioDecoder {
 public:
  virtual ~AudioDecoder() = default;
  // `file` is read from its beginning; the descriptor is kept until the stream goes.
  virtual Result<std::unique_ptr<AudioStream>> Open(const Context& context, FileDescriptor file,
                                                    const DecodeLimits& limits) = 0;
  virtual Status Ping(const Context& context) = 0;
};

}  // namespace vang
