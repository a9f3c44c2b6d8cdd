// Requests that must not reach a handler, with the status that answers them. For tests and as what
// the fuzz seeds were cut from.
#pragma once

#include <string>
#include <vector>

namespace vang::net {

struct MalformedRequest {
  std::string name;
  std::string bytes;
  int status = 400;
};

// Whole requests; after each the connection is closed.
std::vector<MalformedRequest> MalformedRequests();

// Bodies after "Transfer-Encoding: chunked": the handler's reader gets an error, the client 400.
std::vector<MalformedRequest> MalformedChunks();

}  // namespace vang::net
