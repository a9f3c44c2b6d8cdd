#include "services/api-gateway/access.h"

#include <algorithm>

#include "libs/base/sha256.h"

namespace vang {
namespace {

constexpr std::string_view kPrefix = "vang_";
constexpr std::size_t kDigits = 64;

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool IsWellFormed(std::string_view key) {
  return key.size() == kPrefix.size() + kDigits && key.starts_with(kPrefix) &&
         key.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

// "[::1]:8000" → "[::1]", "localhost:8000" → "localhost".
std::string_view WithoutPort(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsThisMachine(std::string_view host) {
  const std::string_view name = WithoutPort(host);
  return EqualsIgnoringCase(name, "localhost") || name == "127.0.0.1" || name == "[::1]";
}

}  // namespace

std::string_view PresentedKey(const http::Request& request) {
  constexpr std::string_view kBearer = "bearer ";
  std::string_view value = request.headers.Get("Authorization");
  if (value.size() > kBearer.size() &&
      EqualsIgnoringCase(value.substr(0, kBearer.size()), kBearer)) {
    value.remove_prefix(kBearer.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return request.headers.Get("X-API-Key");
}

Result<Caller> IdentifyByKey(const Context& context, Upstream* metadata,
                             const http::Request& request) {
  const std::string_view key = PresentedKey(request);
  if (key.empty()) {
    return Unauthenticated(
        "this server needs a key: send it as 'Authorization: Bearer vang_…' ('vang keys' makes "
        "one)");
  }
  // One message for all that is wrong with a key: which of it is nobody's business.
  const Status refused = Unauthenticated("the key is not valid here, or it was revoked");
  if (!IsWellFormed(key)) return refused;
  JsonWriter json;
  json.BeginObject().Field("secret_hash", Sha256Hex(key)).EndObject();
  http::Request question;
  question.method = "POST";
  question.path = "/internal/v1/keys/verify";
  question.request_id = request.request_id;
  question.headers.Set("Content-Type", "application/json");
  question.headers.Set("traceparent", context.traceparent());
  question.content_length = json.text().size();
  question.body = http::StringBody(json.Take());
  VANG_ASSIGN_OR_RETURN(const http::Response answer, metadata->Send(context, question));
  if (answer.status == 404) return refused;
  if (answer.status != 200) return http::StatusOfResponse(answer).Wrap("checking the key");
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ParseJson(answer.body));
  JsonReader reader(body);
  Caller caller{reader.String("tenant"), reader.String("id"), reader.Strings("scopes")};
  if (!reader.status().ok() || caller.tenant.empty()) {
    return Internal("metadata's answer about a key makes no sense");
  }
  return caller;
}

Status CheckScope(const Caller& caller, std::string_view scope) {
  const auto& scopes = caller.scopes;
  if (std::find(scopes.begin(), scopes.end(), scope) != scopes.end()) return {};
  return PermissionDenied("this needs a key with the scope '" + std::string(scope) +
                          "', which the key that was sent does not have");
}

Status CheckLocal(const http::Request& request) {
  const std::string_view host = request.headers.Get("Host");
  // Without the header it is no browser.
  if (!host.empty() && !IsThisMachine(host)) {
    return PermissionDenied(
        "this server asks for no key and so answers only as localhost, 127.0.0.1 or [::1]; to "
        "reach it by another name start it with keys ('vang keys', 'vang serve --listen')");
  }
  const bool changes = request.method != "GET" && request.method != "HEAD";
  const std::string_view origin = request.headers.Get("Origin");
  if (!changes || origin.empty()) return {};
  if (origin == "http://" + std::string(host) || origin == "https://" + std::string(host))
    return {};
  return PermissionDenied(
      "a page of another origin may not change anything here; use the page of this server, or a "
      "program that is no browser");
}

}  // namespace vang
