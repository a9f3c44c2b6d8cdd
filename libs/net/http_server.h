// HTTP/1.1 (RFC 9112) on sockets: parses strictly, streams bodies both ways with bounded memory,
// and runs the handler on a pool of its own threads. The only home of Asio.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/common/http.h"
#include "libs/runtime/metrics.h"

namespace vang::net {

struct HttpServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0 = any free one
  int handler_threads = 64;
  int max_connections = 2'000;  // a further one is told 503 and closed
  std::size_t max_header_bytes = 32 << 10;
  Duration header_timeout{10'000};  // from a request's first byte to the end of its headers
  Duration idle_timeout{75'000};    // between requests
  // A body that brings fewer bytes than this in one window is cut off (408).
  Duration body_window{20'000};
  std::uint64_t body_bytes_per_window = 16 << 10;
  Duration write_timeout{30'000};  // a client that takes nothing for so long is cut off
};

// Start binds, listens and serves. What is refused before the handler sees it (smuggling, bad
// syntax, too large a header) gets a problem body and the connection is closed. The handler's body
// reader pulls from the socket: not reading stops the client. A Response with `file` is sent with
// its range; one with `stream` is polled and sent in chunks until done or the client goes.
// Responses get Date, Content-Length or chunked, and Connection. HEAD gets no body. `Expect:
// 100-continue` is answered when the body is first read. Thread-safe.
class HttpServer {
 public:
  // kAlreadyExists when the address is in use, kInvalidArgument when it is none.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerConfig& config,
                                                   http::Handler handler, Metrics* metrics);
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  // Stops accepting, lets requests under way end for at most `drain`, then cuts them off.
  virtual void Stop(Duration drain) = 0;
};

}  // namespace vang::net
