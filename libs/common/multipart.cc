#include "libs/common/multipart.h"

#include <algorithm>

#include "libs/base/utf8.h"
#include "libs/common/http.h"

namespace vang {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// HTML forms write a quotation mark in a name as %22 and nothing else that we keep.
std::string FromForm(std::string text) {
  for (std::size_t at = text.find("%22"); at != std::string::npos; at = text.find("%22", at + 1)) {
    text.replace(at, 3, "\"");
  }
  return text;
}

// RFC 5987: charset'language'percent-encoded.
Result<std::string> FromExtended(std::string_view text) {
  const std::size_t first = text.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos) {
    return InvalidArgument("filename* is not of the form UTF-8''name");
  }
  std::string charset(text.substr(0, first));
  std::transform(charset.begin(), charset.end(), charset.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (charset != "utf-8") return InvalidArgument("filename* must be in UTF-8");
  auto decoded = http::PercentDecode(text.substr(second + 1), false);
  if (!decoded.ok()) return InvalidArgument("filename* is not valid percent-encoded UTF-8");
  return decoded;
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The header lines between two boundaries, without the empty line.
Result<MultipartPart> ParsePartHeaders(std::string_view block) {
  http::Headers headers;
  while (!block.empty()) {
    const std::size_t end = block.find(kLineEnd);
    const std::string_view line = block.substr(0, end);
    block = end == std::string_view::npos ? std::string_view() : block.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' ||
        line.front() == '\t') {
      return InvalidArgument("a header line of a form part is malformed");
    }
    const std::string name(line.substr(0, colon));
    if (headers.Has(name)) return InvalidArgument("a form part has the header " + name + " twice");
    headers.Add(name, std::string(Trim(line.substr(colon + 1))));
  }
  const std::string_view encoding = headers.Get("Content-Transfer-Encoding");
  if (!encoding.empty() && encoding != "binary" && encoding != "8bit" && encoding != "7bit") {
    return InvalidArgument("a form part must be sent as it is, not in a Content-Transfer-Encoding");
  }
  if (!headers.Has("Content-Disposition")) {
    return InvalidArgument("a form part has no Content-Disposition");
  }
  auto disposition = ParseHeaderValue(headers.Get("Content-Disposition"));
  if (!disposition.ok()) return disposition.status().Wrap("Content-Disposition of a form part");
  if (disposition->token != "form-data" || !disposition->Get("name")) {
    return InvalidArgument("the Content-Disposition of a form part must be form-data with a name");
  }
  MultipartPart part;
  part.name = FromForm(*disposition->Get("name"));
  part.content_type = headers.Get("Content-Type");
  if (!IsValidUtf8(part.name)) return InvalidArgument("a field's name is not valid UTF-8");
  if (const auto extended = disposition->Get("filename*")) {
    VANG_ASSIGN_OR_RETURN(part.file_name, FromExtended(*extended));
  } else if (const auto plain = disposition->Get("filename")) {
    part.file_name = FromForm(*plain);
  }
  if (part.file_name && !IsValidUtf8(*part.file_name)) {
    return InvalidArgument("the file name is not valid UTF-8");
  }
  return part;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartSink* sink,
                                 MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)),
      sink_(sink),
      limits_(limits),
      // The first boundary needs no line before it; this makes it look like all others.
      buffer_(kLineEnd) {}

Status MultipartParser::Push(std::string_view bytes) {
  if (!failure_.ok()) return failure_;
  if (state_ == State::kEpilogue) return {};
  buffer_.append(bytes);
  failure_ = Advance();
  return failure_;
}

Status MultipartParser::Finish() {
  if (!failure_.ok()) return failure_;
  if (state_ == State::kEpilogue) return {};
  failure_ =
      InvalidArgument(parts_ == 0 ? "the form has no part: its boundary does not occur in the body"
                                  : "the form is cut short: its closing boundary is missing");
  return failure_;
}

Status MultipartParser::Advance() {
  bool more = true;
  while (more) {
    switch (state_) {
      case State::kPreamble:
        VANG_RETURN_IF_ERROR(SkipPreamble(&more));
        break;
      case State::kAfterBoundary:
        VANG_RETURN_IF_ERROR(ReadAfterBoundary(&more));
        break;
      case State::kHeaders:
        VANG_RETURN_IF_ERROR(ReadHeaders(&more));
        break;
      case State::kBody:
        VANG_RETURN_IF_ERROR(ReadBody(&more));
        break;
      case State::kEpilogue:
        buffer_.clear();
        more = false;
        break;
    }
  }
  return {};
}

Status MultipartParser::SkipPreamble(bool* more) {
  const std::size_t at = buffer_.find(delimiter_);
  *more = at != std::string::npos;
  const std::size_t skip =
      *more ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
  preamble_bytes_ += skip;
  if (preamble_bytes_ > limits_.max_preamble_bytes) {
    return InvalidArgument("the form does not begin with the boundary of its Content-Type");
  }
  buffer_.erase(0, *more ? at + delimiter_.size() : skip);
  if (*more) state_ = State::kAfterBoundary;
  return {};
}

Status MultipartParser::ReadAfterBoundary(bool* more) {
  *more = false;
  if (buffer_.starts_with("--")) {
    state_ = State::kEpilogue;
    *more = true;
    return {};
  }
  // Blanks may follow a boundary (RFC 2046, transport padding).
  const std::size_t end = buffer_.find_first_not_of(" \t");
  const std::size_t padding = end == std::string::npos ? buffer_.size() : end;
  if (padding > limits_.max_header_bytes) return InvalidArgument("a boundary line is too long");
  const std::string_view rest = std::string_view(buffer_).substr(padding, 2);
  const std::string_view wanted = padding == 0 && rest.starts_with('-') ? "--" : kLineEnd;
  if (!wanted.starts_with(rest)) {
    return InvalidArgument("something other than a line end follows a boundary of the form");
  }
  if (rest.size() < 2) return {};
  if (++parts_ > limits_.max_parts) {
    return Status(Code::kOutOfRange,
                  "the form has more than " + std::to_string(limits_.max_parts) + " parts");
  }
  // The line end stays: so the empty line that closes the headers is always "\r\n\r\n".
  buffer_.erase(0, padding);
  state_ = State::kHeaders;
  *more = true;
  return {};
}

Status MultipartParser::ReadHeaders(bool* more) {
  const std::size_t end = buffer_.find("\r\n\r\n");
  *more = end != std::string::npos;
  // Up to three bytes at the end may be part of what closes the block.
  const std::size_t length =
      *more ? end : buffer_.size() - std::min<std::size_t>(3, buffer_.size());
  if (length > limits_.max_header_bytes) {
    return Status(Code::kOutOfRange, "the headers of a form part are longer than " +
                                         std::to_string(limits_.max_header_bytes) + " bytes");
  }
  if (!*more) return {};
  const std::string_view block =
      end == 0 ? std::string_view() : std::string_view(buffer_).substr(2, end - 2);
  VANG_ASSIGN_OR_RETURN(const MultipartPart part, ParsePartHeaders(block));
  is_field_ = !part.file_name.has_value();
  field_bytes_ = 0;
  buffer_.erase(0, end + 4);
  VANG_RETURN_IF_ERROR(sink_->BeginPart(part));
  state_ = State::kBody;
  return {};
}

Status MultipartParser::ReadBody(bool* more) {
  const std::size_t at = buffer_.find(delimiter_);
  *more = at != std::string::npos;
  const std::size_t ready =
      *more ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
  VANG_RETURN_IF_ERROR(Deliver(std::string_view(buffer_).substr(0, ready)));
  buffer_.erase(0, *more ? at + delimiter_.size() : ready);
  if (!*more) return {};
  VANG_RETURN_IF_ERROR(sink_->EndPart());
  state_ = State::kAfterBoundary;
  return {};
}

Status MultipartParser::Deliver(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (is_field_) {
    field_bytes_ += bytes.size();
    if (field_bytes_ > limits_.max_field_bytes) {
      return Status(Code::kOutOfRange, "a form field is longer than " +
                                           std::to_string(limits_.max_field_bytes) + " bytes");
    }
  }
  return sink_->PartData(bytes);
}

}  // namespace vang
