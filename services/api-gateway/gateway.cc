#include "services/api-gateway/gateway.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "libs/base/uuid.h"
#include "libs/runtime/log.h"
#include "libs/runtime/probes.h"
#include "services/api-gateway/openapi.h"
#include "services/api-gateway/page.h"

namespace vang {
namespace {

// Of every body but an upload's, which ingestion bounds.
constexpr std::uint64_t kMaxBodyBytes = 1 << 20;
// From a route's handler to Serve, and never further.
constexpr char kRouteHeader[] = "X-Vang-Route";

bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

bool IsInternalHeader(std::string_view name) {
  constexpr std::string_view kPrefix = "x-vang-";
  return name.size() >= kPrefix.size() &&
         std::equal(kPrefix.begin(), kPrefix.end(), name.begin(), [](char want, char have) {
           return want == (have >= 'A' && have <= 'Z' ? static_cast<char>(have + 32) : have);
         });
}

// What only we may say about a request, a client has said nothing of.
void Disown(http::Request* request) {
  std::vector<std::string> names;
  for (const auto& [name, value] : request->headers.all()) {
    if (IsInternalHeader(name)) names.push_back(name);
  }
  for (const std::string& name : names) request->headers.Remove(name);
  request->tenant.clear();
  request->key_id.clear();
  request->scopes.clear();
  const std::string_view id = request->headers.Get("X-Request-Id");
  request->request_id = IsIdentifier(id) ? std::string(id) : RandomUuid();
  request->headers.Remove("X-Request-Id");
  if (!IsTraceparent(request->headers.Get("traceparent"))) {
    request->headers.Set("traceparent", NewTraceparent());
    request->headers.Remove("tracestate");
  }
}

std::string Seconds(Duration duration) { return std::to_string((duration.count() + 999) / 1'000); }

void SetRateHeaders(const RateLimiter& limiter, const RateLimiter::Verdict& verdict,
                    http::Response* response) {
  response->headers.Set("RateLimit-Policy", "\"default\";q=" + std::to_string(limiter.limit()) +
                                                ";w=" + Seconds(limiter.window()));
  response->headers.Set("RateLimit", "\"default\";r=" + std::to_string(verdict.remaining) +
                                         ";t=" + Seconds(verdict.full_after));
}

// Counts a request as running for as long as it lives.
class Slot {
 public:
  Slot(std::atomic<int>* running, int most) : running_(running), taken_(++*running <= most) {}
  ~Slot() { --*running_; }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  bool taken() const { return taken_; }

 private:
  std::atomic<int>* const running_;
  const bool taken_;
};

}  // namespace

Gateway::Gateway(const GatewayPorts& ports, const GatewayOptions& options)
    : ports_(ports),
      options_(options),
      openapi_(OpenApiDocument()),
      limiter_(options.requests_per_second, options.burst) {
  if (ports_.metrics != nullptr) {
    ports_.metrics->Describe("vang_http_request_seconds",
                             "Time to answer a public request, without sending its body.");
  }
  AddRoutes();
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    entrance_.Add(method, "/{rest...}", [this](const Context& context, http::Request& request) {
      return Serve(context, request);
    });
  }
}

void Gateway::AddRoutes() {
  // The handler's answer carries the route's pattern to Serve.
  const auto add = [this](const std::string& method, const std::string& pattern,
                          const http::Handler& handler) {
    routes_.Add(method, pattern, [pattern, handler](const Context& context, http::Request& r) {
      http::Response response = handler(context, r);
      response.headers.Set(kRouteHeader, pattern);
      return response;
    });
  };
  for (const PublicRoute& route : PublicRoutes()) {
    add(std::string(route.method), std::string(route.pattern),
        [this, &route](const Context& context, http::Request& request) {
          return Forward(context, route, request);
        });
  }
  const std::pair<const char*, const char*> files[] = {
      {"/", "index.html"}, {"/app.js", "app.js"}, {"/app.css", "app.css"}};
  for (const auto& [path, file] : files) {
    add("GET", path,
        [file = file](const Context&, http::Request& request) { return PageFile(request, file); });
  }
  add("GET", "/openapi.json", [this](const Context&, http::Request& request) {
    return openapi_.ok() ? CachedResponse(request, "application/json", *openapi_)
                         : http::Problem(openapi_.status(), request.request_id);
  });
  for (const Probe& probe :
       MakeProbes([this](const Context& context) { return AllParts(context); }, ports_.metrics)) {
    add("GET", probe.path, probe.handler);
  }
}

http::Response Gateway::Serve(const Context& context, http::Request& request) {
  const auto begun = std::chrono::steady_clock::now();
  Disown(&request);
  const Context traced = context.WithTrace(std::string(request.headers.Get("traceparent")));
  const Status local = options_.require_key ? Status() : CheckLocal(request);
  http::Response response =
      local.ok() ? routes_.Handle(traced, request) : http::Problem(local, request.request_id);
  const std::string found(response.headers.Get(kRouteHeader));
  const std::string route = found.empty() ? "none" : found;
  response.headers.Remove(kRouteHeader);
  response.headers.Set("X-Request-Id", request.request_id);
  SetSecurityHeaders(route == "/", &response);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  if (ports_.metrics != nullptr) {
    ports_.metrics->Observe("vang_http_request_seconds", seconds,
                            {{"method", request.method},
                             {"route", route},
                             {"status", std::to_string(response.status)}});
  }
  // The path without the query: people search for private things, and some put keys there.
  const bool probe = route == "/livez" || route == "/readyz" || route == "/metrics";
  Log(probe && response.status < 400 ? LogLevel::kDebug : LogLevel::kInfo, name_, "request",
      {{"method", request.method},
       {"path", request.path.substr(0, 200)},
       {"status", std::to_string(response.status)},
       {"ms", std::to_string(static_cast<int>(seconds * 1'000))},
       {"tenant", request.tenant},
       {"key_id", request.key_id},
       {"peer", request.peer},
       {"request_id", request.request_id}});
  return response;
}

Result<Caller> Gateway::Identify(const Context& context, const http::Request& request) const {
  if (!options_.require_key) return Caller{kLocalTenant, kLocalKeyId, {"read", "write", "admin"}};
  return IdentifyByKey(context, ports_.metadata, request);
}

http::Response Gateway::Forward(const Context& context, const PublicRoute& route,
                                http::Request& request) {
  const Slot slot(&running_, options_.max_concurrent);
  if (!slot.taken()) {
    return http::Problem(Unavailable("more requests are under way than this server takes at once; "
                                     "try again in a moment"),
                         request.request_id);
  }
  const auto caller = Identify(context, request);
  // Who shows no valid key, or needs none, is told apart by address.
  const bool by_key = options_.require_key && caller.ok();
  if (!options_.require_key) return SendAs(context, *caller, route, request);
  const auto verdict =
      limiter_.Take(by_key ? "key " + caller->key_id : "peer " + request.peer, ports_.clock->Now());
  http::Response response;
  if (!verdict.allowed) {
    response = http::Problem(429,
                             ResourceExhausted("too many requests; go on after the number of "
                                               "seconds in Retry-After"),
                             request.request_id);
    response.headers.Set("Retry-After", Seconds(verdict.retry_after));
  } else if (!caller.ok()) {
    response = http::Problem(caller.status(), request.request_id);
    if (response.status == 401) {
      const bool sent_one = !PresentedKey(request).empty();
      response.headers.Set(
          "WWW-Authenticate",
          sent_one ? "Bearer realm=\"vang\", error=\"invalid_token\"" : "Bearer realm=\"vang\"");
    }
  } else if (const Status status = CheckScope(*caller, route.scope); !status.ok()) {
    response = http::Problem(status, request.request_id);
  } else {
    response = SendAs(context, *caller, route, request);
  }
  SetRateHeaders(limiter_, verdict, &response);
  return response;
}

http::Response Gateway::SendAs(const Context& context, const Caller& caller,
                               const PublicRoute& route, http::Request& request) {
  std::optional<Slot> slot;
  if (route.service == Service::kIngestion) {
    slot.emplace(&uploading_, options_.max_uploads);
    if (!slot->taken()) {
      return http::Problem(
          Unavailable("as many uploads are under way as this server takes at once; "
                      "try again in a moment"),
          request.request_id);
    }
  }
  request.tenant = caller.tenant;
  request.key_id = caller.key_id;
  request.scopes = caller.scopes;
  return Send(context, route, request);
}

http::Response Gateway::Send(const Context& context, const PublicRoute& route,
                             http::Request& request) {
  if (route.service != Service::kIngestion && request.content_length.value_or(0) > kMaxBodyBytes) {
    return http::Problem(
        Status(Code::kOutOfRange, "the body is larger than the " + std::to_string(kMaxBodyBytes) +
                                      " bytes allowed here"),
        request.request_id);
  }
  // Secrets end here.
  for (const char* name : {"Authorization", "X-API-Key", "Cookie"}) request.headers.Remove(name);
  Upstream* upstream = UpstreamOf(route.service);
  if (upstream == nullptr) {
    return http::Problem(Unavailable("the service for this request is not connected"),
                         request.request_id);
  }
  auto answer = upstream->Send(context, request);
  if (!answer.ok()) return http::Problem(answer.status(), request.request_id);
  return *std::move(answer);
}

Upstream* Gateway::UpstreamOf(Service service) const {
  switch (service) {
    case Service::kIngestion:
      return ports_.ingestion;
    case Service::kMetadata:
      return ports_.metadata;
    case Service::kSearch:
      return ports_.search;
    case Service::kTraining:
      return ports_.training;
  }
  return nullptr;
}

std::vector<Health> Gateway::AllParts(const Context& context) const {
  std::vector<Health> parts;
  if (ports_.health) parts = ports_.health(context);
  if (stopping_) parts.push_back({name_, false, "shutting down"});
  return parts;
}

std::vector<Health> Gateway::Check(const Context& context) {
  std::vector<Health> parts;
  if (ports_.others) parts = ports_.others(context);
  parts.push_back({name_, !stopping_, std::to_string(running_.load()) + " requests under way"});
  return parts;
}

std::unique_ptr<Module> MakeGateway(const GatewayPorts& ports, const GatewayOptions& options) {
  return std::make_unique<Gateway>(ports, options);
}

}  // namespace vang
