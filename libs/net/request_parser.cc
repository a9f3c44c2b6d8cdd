#include "libs/net/request_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libs/net/http_syntax.h"

namespace vang::net {
namespace {

constexpr std::size_t kMaxRequestLine = 8 << 10;
constexpr std::size_t kMaxFields = 100;

constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                      "PATCH", "DELETE", "OPTIONS"};

bool IsHostCharacter(char c) {
  return IsAlphanumeric(c) || std::string_view("-._~:[]%").find(c) != std::string_view::npos;
}

int CountOf(const http::Headers& headers, std::string_view name) {
  return static_cast<int>(
      std::count_if(headers.all().begin(), headers.all().end(),
                    [&](const auto& field) { return EqualsIgnoringCase(field.first, name); }));
}

}  // namespace

RequestParser::State RequestParser::Refuse(int http_status, std::string reason) {
  const Code code = http_status == 501 || http_status == 505   ? Code::kUnimplemented
                    : http_status == 414 || http_status == 431 ? Code::kOutOfRange
                                                               : Code::kInvalidArgument;
  refusal_ = {http_status, Status(code, std::move(reason))};
  return state_ = State::kRefused;
}

RequestParser::State RequestParser::Feed(std::string_view* bytes) {
  while (state_ == State::kNeedsMore && !bytes->empty()) {
    const char c = bytes->front();
    bytes->remove_prefix(1);
    started_ = true;
    if (++bytes_ > max_bytes_) {
      return has_request_line_ ? Refuse(431, "the request's headers are too large")
                               : Refuse(414, "the request target is too long");
    }
    if (after_cr_) {
      if (c != '\n') return Refuse(400, "a carriage return within a line of the request's head");
      after_cr_ = false;
      TakeLine();
      line_.clear();
    } else if (c == '\r') {
      after_cr_ = true;
    } else if (c == '\n') {
      return Refuse(400, "a line of the request's head does not end in CR LF");
    } else if (IsControl(c) && c != '\t') {
      return Refuse(400, "a control character in the request's head");
    } else {
      line_ += c;
      if (!has_request_line_ && line_.size() > kMaxRequestLine) {
        return Refuse(414, "the request target is too long");
      }
    }
  }
  return state_;
}

RequestParser::State RequestParser::TakeLine() {
  if (!has_request_line_) {
    if (!line_.empty()) return TakeRequestLine();
    // RFC 9112 section 2.2: one empty line before the request line is to be ignored.
    if (std::exchange(skipped_empty_line_, true)) return Refuse(400, "the request line is empty");
    return state_;
  }
  return line_.empty() ? Finish() : TakeField();
}

RequestParser::State RequestParser::TakeRequestLine() {
  has_request_line_ = true;
  const std::string_view line = line_;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refuse(400, "the request line is not 'METHOD target HTTP/1.1'");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!IsToken(method)) return Refuse(400, "the request's method is not a word");
  if (version.size() != 8 || !version.starts_with("HTTP/") || !IsDigit(version[5]) ||
      version[6] != '.' || !IsDigit(version[7])) {
    return Refuse(400, "the request line does not end in HTTP/1.1");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refuse(505, std::string(version) + " is not spoken here; use HTTP/1.1");
  }
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return Refuse(501, "unknown method");
  }
  if (target.find_first_of(" \t#") != std::string_view::npos) {
    return Refuse(400, "the request target holds a character that must be percent-encoded");
  }
  head_.http_1_0 = version == "HTTP/1.0";
  head_.request.method = std::string(method);
  // Only the origin form is taken: what begins with a slash. Raw UTF-8 in it is taken too, because
  // people type `?q=phở` into curl.
  if (Status parsed = http::ParseTarget(target, &head_.request); !parsed.ok()) {
    return Refuse(400, parsed.message());
  }
  return state_;
}

RequestParser::State RequestParser::TakeField() {
  if (line_.front() == ' ' || line_.front() == '\t') {
    return Refuse(400, "a header is continued on a second line");
  }
  const std::size_t colon = line_.find(':');
  if (colon == std::string::npos) return Refuse(400, "a header without a colon");
  const std::string_view name = std::string_view(line_).substr(0, colon);
  // Gateways turn both '-' and '_' into the same name, so one could pose as the other.
  if (!IsToken(name) || name.find('_') != std::string_view::npos) {
    return Refuse(400, "a header's name holds a character that is not allowed there");
  }
  if (head_.request.headers.all().size() >= kMaxFields) {
    return Refuse(431, "the request has too many headers");
  }
  const std::string_view value = TrimSpace(std::string_view(line_).substr(colon + 1));
  head_.request.headers.Add(std::string(name), std::string(value));
  return state_;
}

RequestParser::State RequestParser::Finish() {
  const http::Headers& headers = head_.request.headers;
  const int hosts = CountOf(headers, "Host");
  if (hosts > 1) return Refuse(400, "more than one Host header");
  if (hosts == 0 && !head_.http_1_0) return Refuse(400, "the Host header is missing");
  const std::string_view host = headers.Get("Host");
  if (hosts == 1 && (host.empty() || !std::all_of(host.begin(), host.end(), IsHostCharacter))) {
    return Refuse(400, "the Host header is no host name");
  }
  if (FinishFraming() != State::kNeedsMore) return state_;

  bool close = false;
  bool keep = false;
  for (const auto& [name, value] : headers.all()) {
    if (!EqualsIgnoringCase(name, "Connection")) continue;
    close = close || ListHas(value, "close");
    keep = keep || ListHas(value, "keep-alive");
  }
  head_.keep_alive = !close && (keep || !head_.http_1_0);

  if (headers.Has("Expect") && !head_.http_1_0) {
    if (CountOf(headers, "Expect") > 1 ||
        !EqualsIgnoringCase(headers.Get("Expect"), "100-continue")) {
      return Refuse(417, "only 'Expect: 100-continue' can be met");
    }
    head_.expects_continue = head_.has_body();
  }
  return state_ = State::kDone;
}

// How long the body is, RFC 9112 section 6.3, less every case in which two answers are thinkable.
RequestParser::State RequestParser::FinishFraming() {
  const http::Headers& headers = head_.request.headers;
  const int codings = CountOf(headers, "Transfer-Encoding");
  const int lengths = CountOf(headers, "Content-Length");
  if (codings > 0) {
    if (head_.http_1_0) return Refuse(400, "Transfer-Encoding in an HTTP/1.0 request");
    if (lengths > 0) return Refuse(400, "both Transfer-Encoding and Content-Length");
    if (codings > 1) return Refuse(400, "more than one Transfer-Encoding header");
    if (!EqualsIgnoringCase(headers.Get("Transfer-Encoding"), "chunked")) {
      return Refuse(501, "the only transfer coding understood is 'chunked'");
    }
    head_.chunked = true;
  }
  if (lengths > 1) return Refuse(400, "more than one Content-Length header");
  if (lengths == 1) {
    const std::string_view text = headers.Get("Content-Length");
    // 18 digits are an exabyte and cannot overflow.
    if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), IsDigit)) {
      return Refuse(400, "Content-Length is not a number of bytes");
    }
    std::uint64_t length = 0;
    for (const char digit : text) length = length * 10 + static_cast<std::uint64_t>(digit - '0');
    head_.request.content_length = length;
  }
  return state_;
}

}  // namespace vang::net
