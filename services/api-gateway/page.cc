#include "services/api-gateway/page.h"

#include "libs/base/sha256.h"
#include "services/api-gateway/embedded_files.h"

namespace vang {
namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

std::string_view TypeOf(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "application/octet-stream";
}

}  // namespace

http::Response CachedResponse(const http::Request& request, std::string_view content_type,
                              std::string_view bytes) {
  const std::string tag = '"' + Sha256Hex(bytes).substr(0, 32) + '"';
  const std::string_view known = request.headers.Get("If-None-Match");
  http::Response response = http::TextResponse(200, content_type, "");
  if (known == "*" || known.find(tag) != std::string_view::npos) {
    response.status = 304;
  } else {
    response.body = std::string(bytes);
  }
  response.headers.Set("ETag", tag);
  response.headers.Set("Cache-Control", "no-cache");
  return response;
}

http::Response PageFile(const http::Request& request, std::string_view name) {
  for (const EmbeddedFile& file : kEmbeddedFiles) {
    if (file.name == name) return CachedResponse(request, TypeOf(name), file.bytes);
  }
  return http::Problem(Internal("the page's file " + std::string(name) + " was not built in"),
                       request.request_id);
}

void SetSecurityHeaders(bool is_page, http::Response* response) {
  const auto set = [&](const char* name, std::string_view value) {
    if (!response->headers.Has(name)) response->headers.Set(name, std::string(value));
  };
  set("Content-Security-Policy", is_page ? kPagePolicy : kDataPolicy);
  set("X-Content-Type-Options", "nosniff");
  set("X-Frame-Options", "DENY");
  set("Referrer-Policy", "no-referrer");
  set("Cross-Origin-Resource-Policy", "same-origin");
  set("Cross-Origin-Opener-Policy", "same-origin");
  set("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)");
  set("Cache-Control", "no-store");
}

}  // namespace vang
