// What every process answers about itself: /livez (200 while it runs), /readyz and /healthz (503
// when a part is not ready; `?verbose` lists those that are, too), /metrics (Prometheus text).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libs/common/http.h"
#include "libs/runtime/health.h"
#include "libs/runtime/metrics.h"

namespace vang {

// Asked for all parts of the process, with two seconds to answer.
using HealthCheck = std::function<std::vector<Health>(const Context&)>;

struct Probe {
  std::string path;
  http::Handler handler;
};

// `metrics` may be null. Thread-safe when `health` is.
std::vector<Probe> MakeProbes(HealthCheck health, Metrics* metrics);

}  // namespace vang
