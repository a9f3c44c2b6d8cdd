// One request and its answer on a libcurl handle. The handle keeps its connection between
// transfers; how many handles there are is HttpClient's matter.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
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

// What the answer's head says of its body; nothing when it does not, or not a number.
std::optional<std::uint64_t> ContentLength(const http::Response& answer);

struct TransferOptions {
  std::string url{};
  bool loopback = false;
  std::string ca_file = {};                // empty = the system's
  Duration silence{0};                     // see HttpClientOptions
  std::size_t limit = 0;                   // of an answer's body that is held
  const HttpClient::Sink* sink = nullptr;  // takes the body of a 2xx answer instead
  // `limit` is how much of the body is held at once, not how long it may be.
  bool windowed = false;
};

// One transfer on a session. One thread at a time.
class CurlExchange {
 public:
  // The request must outlive Finish or WaitForHead.
  static Result<std::unique_ptr<CurlExchange>> Begin(const Context& context, http::Request& request,
                                                     TransferOptions options,
                                                     std::unique_ptr<CurlSession> session);
  ~CurlExchange();

  // Blocks until the answer is there, the context is over or the transfer failed.
  Result<http::Response> Finish();

  // For a windowed transfer: blocks until the answer is there whole (false), or its head is and the
  // body is larger than the window or an event stream (true: read on).
  Result<bool> WaitForHead();
  http::Response TakeHead();
  // What has come since; does not block. *done when that was all.
  Result<std::string> Read(bool* done);

  // The session, good for another transfer if this one ended well.
  std::unique_ptr<CurlSession> TakeSession();

 private:
  struct Impl;
  explicit CurlExchange(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vang::net
