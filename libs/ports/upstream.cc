#include "libs/ports/upstream.h"

namespace vang {

Status PingUpstream(const Context& context, Upstream& service) {
  http::Request request;
  request.method = "GET";
  request.path = "/readyz";
  VANG_ASSIGN_OR_RETURN(const http::Response answer, service.Send(context, request));
  return answer.status < 500 ? Status() : Unavailable("a service is not ready");
}

}  // namespace vang
