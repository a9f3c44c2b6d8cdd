// One service as another sees it: a request goes in, a response comes out. In one process this is
// the service's router; between processes HTTP with a deadline. Thread-safe.
#pragma once

#include "libs/base/context.h"
#include "libs/base/status.h"
#include "libs/common/http.h"

namespace vang {

class Upstream {
 public:
  virtual ~Upstream() = default;
  // A failure Status means that no response came (kUnavailable, kDeadlineExceeded); a problem the
  // service reports is a Response.
  virtual Result<http::Response> Send(const Context& context, http::Request& request) = 0;
};

// OK when the service answers and is ready. Within one process nobody answers at /readyz, which is
// an answer too.
Status PingUpstream(const Context& context, Upstream& service);

// The routes of a service in this process, which must outlive it.
class RouterUpstream : public Upstream {
 public:
  explicit RouterUpstream(const http::Router* router) : router_(router) {}
  Result<http::Response> Send(const Context& context, http::Request& request) override {
    return router_->Handle(context, request);
  }

 private:
  const http::Router* const router_;
};

}  // namespace vang
