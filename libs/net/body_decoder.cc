#include "libs/net/body_decoder.h"

#include <algorithm>

#include "libs/net/http_syntax.h"

namespace vang::net {
namespace {

constexpr int kMaxSizeDigits = 15;
constexpr int kMaxSizeLine = 256;
constexpr int kMaxTrailers = 4096;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

BodyDecoder::BodyDecoder(const RequestHead& head)
    : chunked_(head.chunked),
      part_(chunked_ ? Part::kSize : Part::kContent),
      left_(chunked_ ? 0 : head.request.content_length.value_or(0)) {
  if (!chunked_ && left_ == 0) part_ = Part::kDone;
}

std::optional<std::uint64_t> BodyDecoder::remaining() const {
  if (done()) return 0;
  if (chunked_) return std::nullopt;
  return left_;
}

Result<std::string_view> BodyDecoder::Take(std::string_view* bytes) {
  while (!bytes->empty() && part_ != Part::kDone) {
    if (part_ == Part::kContent) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes->size()));
      const std::string_view content = bytes->substr(0, n);
      bytes->remove_prefix(n);
      left_ -= n;
      taken_ += n;
      if (left_ == 0) part_ = chunked_ ? Part::kContentCr : Part::kDone;
      return content;
    }
    const char c = bytes->front();
    bytes->remove_prefix(1);
    VANG_RETURN_IF_ERROR(TakeFramingByte(c));
  }
  return std::string_view();
}

Status BodyDecoder::TakeFramingByte(char c) {
  switch (part_) {
    case Part::kSize:
      if (const int value = HexValue(c); value >= 0) {
        if (++digits_ > kMaxSizeDigits) return InvalidArgument("a chunk of the body is too large");
        left_ = left_ * 16 + static_cast<std::uint64_t>(value);
        return {};
      }
      if (digits_ == 0) return InvalidArgument("a chunk of the body has no size");
      if (c != ';' && c != '\r') return InvalidArgument("a chunk's size is not a hex number");
      line_bytes_ = 0;
      part_ = c == ';' ? Part::kExtension : Part::kSizeLf;
      return {};
    case Part::kExtension:
      if (++line_bytes_ > kMaxSizeLine) return InvalidArgument("a chunk's extension is too long");
      if (c == '\r') {
        part_ = Part::kSizeLf;
      } else if (IsControl(c) && c != '\t') {
        return InvalidArgument("a control character in a chunk's extension");
      }
      return {};
    case Part::kSizeLf:
      if (c != '\n') return InvalidArgument("a chunk's size does not end in CR LF");
      part_ = left_ == 0 ? Part::kTrailer : Part::kContent;
      line_bytes_ = 0;
      digits_ = 0;
      return {};
    case Part::kContentCr:
      if (c != '\r') return InvalidArgument("a chunk is longer than its size");
      part_ = Part::kContentLf;
      return {};
    case Part::kContentLf:
      if (c != '\n') return InvalidArgument("a chunk does not end in CR LF");
      part_ = Part::kSize;
      return {};
    case Part::kTrailer:
      return TakeTrailerByte(c);
    case Part::kContent:
    case Part::kDone:
      break;
  }
  return {};
}

// Trailers mean nothing to us; they are read past, up to the empty line.
Status BodyDecoder::TakeTrailerByte(char c) {
  if (++line_bytes_ > kMaxTrailers) return InvalidArgument("the body's trailers are too long");
  if (after_cr_) {
    if (c != '\n') return InvalidArgument("a trailer does not end in CR LF");
    after_cr_ = false;
    if (trailer_line_ == 0) part_ = Part::kDone;
    trailer_line_ = 0;
  } else if (c == '\r') {
    after_cr_ = true;
  } else if (IsControl(c) && c != '\t') {
    return InvalidArgument("a control character in the body's trailers");
  } else {
    ++trailer_line_;
  }
  return {};
}

}  // namespace vang::net
