// The head of an HTTP/1.1 request (RFC 9112 sections 2-6), byte by byte and strictly: where two
// readers of the same bytes could come to two requests, the request is refused. No sockets, so it
// can be fuzzed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "libs/common/http.h"

namespace vang::net {

// Why a request goes no further: the HTTP status to answer with before closing, and the reason.
struct Refusal {
  int http_status = 400;
  Status status;
};

struct RequestHead {
  http::Request request;  // method, path, query, headers, content_length
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;

  bool has_body() const { return chunked || request.content_length.value_or(0) > 0; }
};

// Reads one head. Not thread-safe.
class RequestParser {
 public:
  enum class State { kNeedsMore, kDone, kRefused };

  explicit RequestParser(std::size_t max_header_bytes) : max_bytes_(max_header_bytes) {}

  // Takes bytes off the front of `*bytes`, none past the end of the head. A fault is refused at the
  // byte that shows it. Once done or refused it takes no more.
  State Feed(std::string_view* bytes);

  // Whether a byte of the head has come.
  bool started() const { return started_; }
  // Valid when done.
  RequestHead& head() { return head_; }
  // Valid when refused.
  const Refusal& refusal() const { return refusal_; }

 private:
  State Refuse(int http_status, std::string reason);
  State TakeLine();
  State TakeRequestLine();
  State TakeField();
  State Finish();
  State FinishFraming();

  std::size_t max_bytes_;
  State state_ = State::kNeedsMore;
  std::string line_;
  std::size_t bytes_ = 0;
  bool started_ = false;
  bool after_cr_ = false;
  bool has_request_line_ = false;
  bool skipped_empty_line_ = false;
  RequestHead head_;
  Refusal refusal_;
};

}  // namespace vang::net
