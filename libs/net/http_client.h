// HTTP client with connection reuse and deadlines, on libcurl. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/common/http.h"

namespace vang::net {

struct HttpClientOptions {
  // PEM file with the authorities to trust; empty = those of the system.
  std::filesystem::path ca_file = {};
  // A peer that neither takes nor brings a byte for so long is given up, deadline or none.
  Duration silence{300'000};
};

class HttpClient {
 public:
  // `base_url`: "http://127.0.0.1:8000" or https://…; kInvalidArgument otherwise.
  static Result<std::unique_ptr<HttpClient>> Create(const std::string& base_url,
                                                    const HttpClientOptions& options = {});
  virtual ~HttpClient() = default;

  // Sends method, path, query, headers and body (streamed; chunked when content_length is unknown).
  // kUnavailable when no connection or no whole answer came, kDeadlineExceeded when it came too
  // late. Redirects are not followed. The answer's body is held whole, at most `limit` bytes
  // (kOutOfRange).
  virtual Result<http::Response> Send(const Context& context, http::Request& request,
                                      std::size_t limit = std::size_t{256} << 20) = 0;

  // As Send, but hands the body of a 2xx answer over as it comes (`sink` false = enough); any other
  // answer's body is in the Response.
  using Sink = std::function<bool(std::string_view bytes)>;
  virtual Result<http::Response> Stream(const Context& context, http::Request& request,
                                        const Sink& sink) = 0;

  // As Send, for handing an answer on: one of more than 256 KiB, or an event stream, comes back as
  // a Response with `stream`, which reads from the connection as it is polled. The context covers
  // the time until then; after it only silence ends the answer.
  virtual Result<http::Response> Open(const Context& context, http::Request& request) = 0;
};

}  // namespace vang::net
