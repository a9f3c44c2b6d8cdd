// Who asks, and whether they may. A key is `vang_` and 64 hex digits, in `Authorization: Bearer` or
// `X-API-Key`, never in the address: addresses end up in logs and histories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/common/http.h"
#include "libs/ports/upstream.h"

namespace vang {

struct Caller {
  std::string tenant;
  std::string key_id;
  std::vector<std::string> scopes;
};

// The key that the request carries, as sent; empty when it carries none.
std::string_view PresentedKey(const http::Request& request);

// Asks metadata, on every request, so that a revoked key is refused at once. kUnauthenticated for
// no key, a malformed, an unknown or a revoked one; otherwise metadata's failure.
Result<Caller> IdentifyByKey(const Context& context, Upstream* metadata,
                             const http::Request& request);

// kPermissionDenied names the scope that is missing. No scope includes another.
Status CheckScope(const Caller& caller, std::string_view scope);

// For a server that asks for no key: kPermissionDenied unless the browser behind the request is at
// a page of this machine. Host must name this machine (DNS rebinding: a foreign name that resolves
// to 127.0.0.1), and a change must not come from a page of another origin.
Status CheckLocal(const http::Request& request);

}  // namespace vang
