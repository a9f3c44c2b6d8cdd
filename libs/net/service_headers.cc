#include "libs/net/service_headers.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/sha256.h"

namespace vang::net {
namespace {

constexpr char kTenant[] = "X-Vang-Tenant";
constexpr char kKeyId[] = "X-Vang-Key-Id";
constexpr char kScopes[] = "X-Vang-Scopes";
constexpr char kPeer[] = "X-Vang-Peer";
constexpr char kTimeout[] = "X-Vang-Timeout-Ms";
constexpr char kRequestId[] = "X-Request-Id";
constexpr std::string_view kScheme = "Vang ";
// Nothing between services takes longer; more is an error of the sender.
constexpr std::chrono::hours kLongest{24};

void SetOrRemove(const char* name, const std::string& value, http::Headers* headers) {
  value.empty() ? headers->Remove(name) : headers->Set(name, value);
}

std::string Take(const char* name, http::Headers* headers) {
  std::string value(headers->Get(name));
  headers->Remove(name);
  return value;
}

}  // namespace

void AddServiceHeaders(const Context& context, const std::string& secret, http::Request* request) {
  http::Headers& headers = request->headers;
  SetOrRemove(kTenant, request->tenant, &headers);
  SetOrRemove(kKeyId, request->key_id, &headers);
  std::string scopes;
  for (const std::string& scope : request->scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  SetOrRemove(kScopes, scopes, &headers);
  SetOrRemove(kPeer, request->peer, &headers);
  SetOrRemove(kRequestId, request->request_id, &headers);
  if (!context.traceparent().empty()) headers.Set("traceparent", context.traceparent());
  SetOrRemove(kTimeout,
              context.deadline() ? std::to_string(context.Remaining(kLongest).count()) : "",
              &headers);
  SetOrRemove("Authorization", secret.empty() ? "" : std::string(kScheme) + secret, &headers);
}

Result<Context> TakeServiceHeaders(const Context& context, const std::string& secret,
                                   http::Request* request) {
  http::Headers& headers = request->headers;
  const std::string shown = Take("Authorization", &headers);
  if (!secret.empty() && !ConstantTimeEquals(shown, std::string(kScheme) + secret)) {
    return Unauthenticated("this address is for Vang's own services; ask the api-gateway");
  }
  request->tenant = Take(kTenant, &headers);
  request->key_id = Take(kKeyId, &headers);
  request->scopes.clear();
  const std::string scopes = Take(kScopes, &headers);
  for (std::string_view rest = scopes; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) request->scopes.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (std::string peer = Take(kPeer, &headers); !peer.empty()) request->peer = std::move(peer);
  request->request_id = Take(kRequestId, &headers);
  Context inner = context.WithTrace(std::string(headers.Get("traceparent")));
  const std::string timeout = Take(kTimeout, &headers);
  if (timeout.empty()) return inner;
  std::int64_t left = 0;
  const auto read = std::from_chars(timeout.data(), timeout.data() + timeout.size(), left);
  if (read.ec != std::errc() || read.ptr != timeout.data() + timeout.size() || left < 0 ||
      left > std::chrono::milliseconds(kLongest).count()) {
    return InvalidArgument("the header " + std::string(kTimeout) + " is not valid");
  }
  return inner.WithTimeout(Duration(left));
}

}  // namespace vang::net
