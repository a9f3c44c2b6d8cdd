#include "libs/runtime/probes.h"

#include <algorithm>

#include "libs/base/clock.h"
#include "libs/common/json.h"

namespace vang {
namespace {

constexpr Duration kHealthTimeout{2'000};

http::Response Ready(const std::vector<Health>& parts, bool all) {
  const bool ready =
      std::all_of(parts.begin(), parts.end(), [](const Health& health) { return health.ready; });
  JsonWriter json;
  json.BeginObject().Field("status", ready ? "ready" : "not ready").Key("parts").BeginArray();
  for (const Health& health : parts) {
    if (health.ready && !all) continue;
    json.BeginObject()
        .Field("name", health.name)
        .Field("ready", health.ready)
        .Field("detail", health.detail)
        .EndObject();
  }
  json.EndArray().EndObject();
  return http::JsonResponse(ready ? 200 : 503, json.Take());
}

}  // namespace

std::vector<Probe> MakeProbes(HealthCheck health, Metrics* metrics) {
  const http::Handler ready = [health = std::move(health)](const Context& context,
                                                           http::Request& request) {
    return Ready(health(context.WithTimeout(kHealthTimeout)), request.Query("verbose").has_value());
  };
  return {
      {"/livez", [](const Context&,
                    http::Request&) { return http::JsonResponse(200, "{\"status\":\"alive\"}"); }},
      {"/readyz", ready},
      {"/healthz", ready},
      {"/metrics", [metrics](const Context&, http::Request&) {
         return http::TextResponse(200, "text/plain; version=0.0.4; charset=utf-8",
                                   metrics == nullptr ? "" : metrics->Expose());
       }}};
}

}  // namespace vang
