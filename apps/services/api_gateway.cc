#include "services/api-gateway/module.h"

#include "apps/services/service.h"

namespace vang::services {
namespace {

// What every request or upload needs. That a stage behind them is down holds nobody up.
Health HealthOf(const Context& context, const std::string& name, Upstream* service) {
  http::Request request;
  request.method = "GET";
  request.path = "/readyz";
  const auto answer = service->Send(context, request);
  if (!answer.ok()) return {name, false, answer.status().message()};
  return {name, answer->status == 200, answer->status == 200 ? "" : answer->body};
}

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  const Settings& settings = parts.settings();
  GatewayPorts ports;
  VANG_ASSIGN_OR_RETURN(ports.ingestion, parts.To("ingestion"));
  VANG_ASSIGN_OR_RETURN(ports.metadata, parts.To("metadata"));
  VANG_ASSIGN_OR_RETURN(ports.search, parts.To("search"));
  VANG_ASSIGN_OR_RETURN(ports.training, parts.To("training"));
  ports.metrics = parts.metrics();
  ports.others = [ports](const Context& context) {
    return std::vector<Health>{HealthOf(context, "ingestion", ports.ingestion),
                               HealthOf(context, "metadata", ports.metadata),
                               HealthOf(context, "search", ports.search)};
  };
  GatewayOptions options;
  VANG_ASSIGN_OR_RETURN(options.require_key, settings.Flag("gateway.require_key"));
  VANG_ASSIGN_OR_RETURN(const int rate, settings.Number("gateway.requests_per_second", 1, 100'000));
  VANG_ASSIGN_OR_RETURN(const int burst, settings.Number("gateway.burst", 1, 1'000'000));
  options.requests_per_second = rate;
  options.burst = burst;
  VANG_ASSIGN_OR_RETURN(options.max_concurrent,
                        settings.Number("gateway.max_concurrent", 1, 100'000));
  VANG_ASSIGN_OR_RETURN(options.max_uploads, settings.Number("gateway.max_uploads", 1, 100'000));
  return MakeGateway(ports, options);
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv, {"api-gateway", 8000, &vang::services::Make, true});
}
