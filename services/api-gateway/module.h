// api-gateway: every public request. Knows who asks (API keys), how much they may ask (rate,
// concurrency), gives each request an id, and passes it to the service that answers. Also /, the
// page's files, /openapi.json, /livez, /readyz, /metrics. Owns nothing. A request's routes are
// those of libs/common/openapi.json; what is not in there does not exist for the public.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct GatewayPorts {
  Upstream* ingestion = nullptr;
  Upstream* metadata = nullptr;
  Upstream* search = nullptr;
  Upstream* training = nullptr;
  // The health of all that this process can see, for /readyz.
  std::function<std::vector<Health>(const Context&)> health;
  // The health of services in other processes without which no request or upload can be answered;
  // part of the gateway's own.
  std::function<std::vector<Health>(const Context&)> others = {};
  const Clock* clock = &Clock::System();
  Metrics* metrics = nullptr;
};

struct GatewayOptions {
  // Without it every request is the local tenant's, with all scopes.
  bool require_key = true;
  // Per key, and per address for who shows no valid one: sustained requests a second, and how many
  // at once on top. Where no key is required, the machine's own user is not counted.
  double requests_per_second = 50;
  double burst = 200;
  int max_concurrent = 256;
  // Uploads at once, out of those: slow ones must leave room for everybody else.
  int max_uploads = 32;
};

// The tenant and key id of requests where no key is required.
inline constexpr char kLocalTenant[] = "local";
inline constexpr char kLocalKeyId[] = "local";

std::unique_ptr<Module> MakeGateway(const GatewayPorts& ports, const GatewayOptions& options);

}  // namespace vang
