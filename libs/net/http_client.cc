#include "libs/net/http_client.h"

#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include "libs/net/curl_transfer.h"
#include "libs/runtime/log.h"

namespace vang::net {
namespace {

// Sessions with a connection each that wait for the next request; more are let go.
constexpr std::size_t kMaxIdleSessions = 32;
// Of the body of an answer that is no success.
constexpr std::size_t kProblemLimit = 1 << 20;
// Of the body of an answer that is handed on.
constexpr std::size_t kWindow = 256 << 10;
constexpr std::chrono::milliseconds kBulkInterval{5};
constexpr std::chrono::milliseconds kEventInterval{100};

std::string UrlOf(const std::string& base, const http::Request& request) {
  std::string url = base;
  std::string_view path = request.path;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    url += http::PercentEncode(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    url += '/';
    path.remove_prefix(slash + 1);
  }
  char separator = '?';
  for (const auto& [key, value] : request.query) {
    url += std::exchange(separator, '&');
    url.append(http::PercentEncode(key)).append("=").append(http::PercentEncode(value));
  }
  return url;
}

// Sessions that wait for their next request. Outlives the client while a stream is open.
class SessionPool {
 public:
  Result<std::unique_ptr<CurlSession>> Take() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        auto session = std::move(idle_.back());
        idle_.pop_back();
        return session;
      }
    }
    return CurlSession::Create();
  }
  void Give(std::unique_ptr<CurlSession> session) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (session && idle_.size() < kMaxIdleSessions) idle_.push_back(std::move(session));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlSession>> idle_;
};

// The rest of an answer, read as it is polled.
http::PollStream Rest(std::shared_ptr<CurlExchange> exchange, std::shared_ptr<SessionPool> pool,
                      const http::Response& head) {
  http::PollStream stream;
  stream.length = ContentLength(head);
  stream.interval = stream.length ? kBulkInterval : kEventInterval;
  stream.poll = [exchange = std::move(exchange),
                 pool = std::move(pool)]() -> http::PollStream::Chunk {
    http::PollStream::Chunk chunk;
    auto bytes = exchange->Read(&chunk.done);
    if (!bytes.ok()) {
      Log(LogLevel::kWarning, "net", "an answer broke off", {{"error", bytes.status().ToString()}});
      return {.bytes = {}, .done = true, .failed = true};
    }
    chunk.bytes = *std::move(bytes);
    chunk.more = !chunk.bytes.empty();
    if (chunk.done) pool->Give(exchange->TakeSession());
    return chunk;
  };
  return stream;
}

class CurlHttpClient : public HttpClient {
 public:
  CurlHttpClient(std::string base_url, bool loopback, HttpClientOptions options)
      : base_url_(std::move(base_url)), loopback_(loopback), options_(std::move(options)) {}

  Result<http::Response> Send(const Context& context, http::Request& request,
                              std::size_t limit) override {
    return Run(context, request, {.limit = limit});
  }

  Result<http::Response> Stream(const Context& context, http::Request& request,
                                const Sink& sink) override {
    return Run(context, request, {.limit = kProblemLimit, .sink = &sink});
  }

  Result<http::Response> Open(const Context& context, http::Request& request) override {
    VANG_ASSIGN_OR_RETURN(auto begun,
                          Begin(context, request, {.limit = kWindow, .windowed = true}));
    const std::shared_ptr<CurlExchange> exchange = std::move(begun);
    VANG_ASSIGN_OR_RETURN(const bool more, exchange->WaitForHead());
    http::Response response = exchange->TakeHead();
    if (more) {
      response.stream = Rest(exchange, pool_, response);
      return response;
    }
    bool done = false;
    VANG_ASSIGN_OR_RETURN(response.body, exchange->Read(&done));
    pool_->Give(exchange->TakeSession());
    return response;
  }

 private:
  Result<http::Response> Run(const Context& context, http::Request& request,
                             TransferOptions options) {
    VANG_ASSIGN_OR_RETURN(const auto exchange, Begin(context, request, std::move(options)));
    auto response = exchange->Finish();
    pool_->Give(exchange->TakeSession());
    return response;
  }

  Result<std::unique_ptr<CurlExchange>> Begin(const Context& context, http::Request& request,
                                              TransferOptions options) {
    if (!request.path.starts_with('/')) return InvalidArgument("a path begins with '/'");
    options.url = UrlOf(base_url_, request);
    options.loopback = loopback_;
    options.ca_file = options_.ca_file.string();
    options.silence = options_.silence;
    VANG_ASSIGN_OR_RETURN(auto session, pool_->Take());
    return CurlExchange::Begin(context, request, std::move(options), std::move(session));
  }

  const std::string base_url_;
  const bool loopback_;
  const HttpClientOptions options_;
  const std::shared_ptr<SessionPool> pool_ = std::make_shared<SessionPool>();
};

// The host of an absolute URL with nothing after its authority but slashes; empty when it is none.
Result<std::string> HostOf(const std::string& url) {
  std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> parts(::curl_url(), &::curl_url_cleanup);
  if (!parts) return ResourceExhausted("no memory for a URL");
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    ::curl_url_get(parts.get(), which, &text, 0);
    std::string copy = text == nullptr ? "" : text;
    ::curl_free(text);
    return copy;
  };
  if (::curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return InvalidArgument("'" + url + "' is no URL; write http://HOST:PORT");
  }
  const std::string scheme = part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return InvalidArgument("'" + url + "' begins with neither http:// nor https://");
  }
  if (!part(CURLUPART_QUERY).empty() || !part(CURLUPART_FRAGMENT).empty() ||
      !part(CURLUPART_USER).empty()) {
    return InvalidArgument("'" + url + "' holds more than a host, a port and a path");
  }
  return part(CURLUPART_HOST);
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::Create(const std::string& base_url,
                                                       const HttpClientOptions& options) {
  VANG_ASSIGN_OR_RETURN(const std::string host, HostOf(base_url));
  const bool loopback = host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
                        host.starts_with("127.");
  std::string base = base_url;
  while (base.ends_with('/')) base.pop_back();
  return std::unique_ptr<HttpClient>(
      std::make_unique<CurlHttpClient>(std::move(base), loopback, options));
}

}  // namespace vang::net
