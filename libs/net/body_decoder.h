// The framing of a request's body (RFC 9112 sections 6 and 7): so many bytes, or chunks. Strict and
// without sockets, like RequestParser.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/base/status.h"
#include "libs/net/request_parser.h"

namespace vang::net {

// Reads one body. Not thread-safe.
class BodyDecoder {
 public:
  // Of a head that has_body().
  explicit BodyDecoder(const RequestHead& head);

  // Takes bytes off the front of `*bytes` and returns the next piece of content among them; empty
  // when all of `*bytes` is taken or the body is done. Never takes a byte past the body's end.
  // kInvalidArgument for chunks that are not as they must be; use the decoder no more then.
  Result<std::string_view> Take(std::string_view* bytes);

  bool done() const { return part_ == Part::kDone; }
  // Content taken so far.
  std::uint64_t taken() const { return taken_; }
  // Content still to come; null when the body is chunked.
  std::optional<std::uint64_t> remaining() const;

 private:
  enum class Part { kContent, kSize, kExtension, kSizeLf, kContentCr, kContentLf, kTrailer, kDone };

  Status TakeFramingByte(char c);
  Status TakeTrailerByte(char c);

  bool chunked_;
  Part part_;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::uint64_t taken_ = 0;
  int digits_ = 0;
  int line_bytes_ = 0;  // of the size line, or of all trailers
  int trailer_line_ = 0;
  bool after_cr_ = false;
};

}  // namespace vang::net
