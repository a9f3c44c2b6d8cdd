// Another service over HTTP, as its callers see it: one or several instances, of which any may be
// slow, gone or on its way back. Thread-safe.
//
// Each request goes to the reachable instance with the fewest requests under way. An instance that
// fails three times in a row is left alone for a while (0.2 s, doubled up to 5 s), then tried with
// one request. A request that no instance can have acted on, or whose method is idempotent (RFC
// 9110, 9.2.2), is tried once more, on another instance if there is one; at most one in five
// requests, so that an outage is not answered with a flood (a retry budget).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"

namespace vang::net {

struct ServiceClientConfig {
  std::string service;            // "metadata"
  std::vector<std::string> urls;  // of its instances
  std::string secret;             // shared by all services of an installation
  // For a request whose context says nothing; an upload's body takes as long as it keeps coming.
  Duration timeout{60'000};
  Metrics* metrics = nullptr;
};

// kInvalidArgument for no URL or one that is none. Does not connect: start order is free.
Result<std::unique_ptr<Upstream>> MakeServiceClient(const ServiceClientConfig& config);

}  // namespace vang::net
