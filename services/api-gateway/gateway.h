// What happens to every public request, from its arrival to its answer.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "libs/common/http.h"
#include "services/api-gateway/access.h"
#include "services/api-gateway/module.h"
#include "services/api-gateway/rate_limiter.h"
#include "services/api-gateway/route_table.h"

namespace vang {

// Thread-safe. The ports must outlive it.
class Gateway : public Module {
 public:
  Gateway(const GatewayPorts& ports, const GatewayOptions& options);

  const std::string& name() const override { return name_; }
  Status Start(const Context&) override { return {}; }
  void Stop(Duration) override { stopping_ = true; }  // /readyz turns red
  const http::Router* router() const override { return &entrance_; }
  std::vector<Health> Check(const Context& context) override;

 private:
  void AddRoutes();
  // Ids in, answer, headers, metrics and log line out.
  http::Response Serve(const Context& context, http::Request& request);
  // A public route: key, scope, rate, size, room, and then the service.
  http::Response Forward(const Context& context, const PublicRoute& route, http::Request& request);
  Result<Caller> Identify(const Context& context, const http::Request& request) const;
  http::Response SendAs(const Context& context, const Caller& caller, const PublicRoute& route,
                        http::Request& request);
  http::Response Send(const Context& context, const PublicRoute& route, http::Request& request);
  std::vector<Health> AllParts(const Context& context) const;
  Upstream* UpstreamOf(Service service) const;

  const std::string name_ = "api-gateway";
  const GatewayPorts ports_;
  const GatewayOptions options_;
  const Result<std::string> openapi_;
  RateLimiter limiter_;
  std::atomic<int> running_{0};
  std::atomic<int> uploading_{0};
  std::atomic<bool> stopping_{false};
  http::Router entrance_;  // every method and path → Serve
  http::Router routes_;
};

}  // namespace vang
