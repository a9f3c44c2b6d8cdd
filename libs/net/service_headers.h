// What a request between services carries besides itself: on whose behalf it is made, its id and
// trace, how much time is left, and the secret that shows a service sent it. On the wire these are
// X-Vang-* headers, X-Request-Id, traceparent (W3C) and `Authorization: Vang <secret>`.
#pragma once

#include <string>

#include "libs/base/context.h"
#include "libs/common/http.h"

namespace vang::net {

// Overwrites whatever the request has of these headers.
void AddServiceHeaders(const Context& context, const std::string& secret, http::Request* request);

// The reverse: fills tenant, key, scopes, request id and peer, takes the headers off the request
// and returns the context to handle it in. kUnauthenticated unless the secret is `secret`; compared
// in constant time. An empty secret lets everybody in.
Result<Context> TakeServiceHeaders(const Context& context, const std::string& secret,
                                   http::Request* request);

}  // namespace vang::net
