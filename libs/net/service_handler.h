// A service's side of the line: its routes for the other services, its probes for everybody.
#pragma once

#include <string>

#include "libs/common/http.h"
#include "libs/runtime/probes.h"

namespace vang::net {

struct ServiceHandlerConfig {
  std::string service;
  http::Handler handler;  // of everything but the probes
  std::string secret;     // shared by all services of an installation
  // Of the api-gateway: requests come as they are from outside, without the secret.
  bool open_to_the_public = false;
  HealthCheck health;
  Metrics* metrics = nullptr;
};

// Takes what the caller said about the request off its headers (service_headers.h) and handles it
// within the time that is left; 401 without the secret. A failure is logged, with the request's id,
// unless the public's own gateway does that.
http::Handler MakeServiceHandler(const ServiceHandlerConfig& config);

}  // namespace vang::net
