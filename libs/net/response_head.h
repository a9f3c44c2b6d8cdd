// The head of a response as bytes: status line, the handler's headers less those that are the
// server's to say, Date, Connection and the framing of the body.
#pragma once

#include <string>

#include "libs/base/clock.h"
#include "libs/common/http.h"

namespace vang::net {

// How the body of an answer is carried.
struct ResponseFraming {
  bool head_only = false;  // the request was HEAD
  bool http_1_0 = false;   // cannot read chunks: a stream ends with the connection
  bool keep_alive = true;
};

// Whether a response of this status has a body at all.
bool StatusHasBody(int status);

// Bytes that would end a line or are no text in a header's value become spaces, headers whose name
// is no token are left out: whatever a handler puts there, the answer stays one answer.
std::string FormatResponseHead(const http::Response& response, const ResponseFraming& framing,
                               TimeMs now);

// IMF-fixdate (RFC 9110 section 5.6.7): Sun, 06 Nov 1994 08:49:37 GMT.
std::string FormatHttpDate(TimeMs time);

}  // namespace vang::net
