#include "libs/net/service_handler.h"

#include <chrono>
#include <memory>

#include "libs/net/service_headers.h"
#include "libs/runtime/log.h"

namespace vang::net {
namespace {

class ServiceHandler {
 public:
  explicit ServiceHandler(const ServiceHandlerConfig& config) : config_(config) {
    for (Probe& probe : MakeProbes(config.health, config.metrics)) {
      probes_.Add("GET", probe.path, std::move(probe.handler));
    }
  }

  http::Response Handle(const Context& context, http::Request& request) const {
    for (const http::Route& probe : probes_.routes()) {
      if (request.path == probe.pattern) return probes_.Handle(context, request);
    }
    if (config_.open_to_the_public) return config_.handler(context, request);
    const auto inner = TakeServiceHeaders(context, config_.secret, &request);
    if (!inner.ok()) return http::Problem(inner.status(), request.request_id);
    const auto begun = std::chrono::steady_clock::now();
    http::Response response = config_.handler(*inner, request);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (config_.metrics != nullptr) {
      config_.metrics->Observe(
          "vang_service_request_seconds", seconds,
          {{"method", request.method}, {"status", std::to_string(response.status)}});
    }
    if (response.status >= 500) {
      Log(LogLevel::kWarning, config_.service, "request failed",
          {{"method", request.method},
           {"path", request.path.substr(0, 200)},
           {"status", std::to_string(response.status)},
           {"tenant", request.tenant},
           {"request_id", request.request_id}});
    }
    return response;
  }

 private:
  const ServiceHandlerConfig config_;
  http::Router probes_;
};

}  // namespace

http::Handler MakeServiceHandler(const ServiceHandlerConfig& config) {
  return [handler = std::make_shared<const ServiceHandler>(config)](const Context& context,
                                                                    http::Request& request) {
    return handler->Handle(context, request);
  };
}

}  // namespace vang::net
