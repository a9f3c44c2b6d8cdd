// One request and its answer on a libcurl handle. The handle keeps its connection between
// transfers; how many handles there are is HttpClient's matter.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <string>

#include "libs/net/http_client.h"

namespace vang::net {

// An easy handle on a multi handle of its own: so a wait can be woken when the context is stopped.
class CurlSession {
 public:
  static Result<std::unique_ptr<CurlSession>> Create();
  ~CurlSession();

  CURL* easy() { return easy_; }
  CURLM* multi() { return multi_; }

 private:
  CurlSession() = default;
  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
};

struct TransferOptions {
  std::string url;
  bool loopback = false;
  std::size_t limit = 0;                   // of an answer's body that is held
  const HttpClient::Sink* sink = nullptr;  // takes the body of a 2xx answer instead
};

// Blocks until the answer is there, the context is over or the transfer failed.
Result<http::Response> Transfer(const Context& context, http::Request& request,
                                const TransferOptions& options, CurlSession& session);

}  // namespace vang::net
