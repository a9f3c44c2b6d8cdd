#include "libs/adapters/object_store/s3/client.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <random>

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/errors.h"
#include "libs/base/sha256.h"
#include "libs/runtime/consumer.h"

namespace vang::s3 {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration kFirstDelay{100};
constexpr Duration kMaxDelay{2'000};
constexpr int kTriesWhenDenied = 4;
// What a server that asks for patience gets at least, and at most.
constexpr Duration kBusyDelay{1'000};
constexpr Duration kMaxRetryAfter{30'000};
// Listings are the longest answers: a thousand keys with all that is said of them.
constexpr std::size_t kAnswerLimit = 8 << 20;

class MemoryBody : public http::BodyReader {
 public:
  explicit MemoryBody(std::string_view bytes) : left_(bytes) {}
  Result<std::size_t> Read(const Context&, char* buffer, std::size_t size) override {
    const std::size_t n = left_.copy(buffer, size);
    left_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view left_;
};

class FileBody : public http::BodyReader {
 public:
  explicit FileBody(const FilePiece& piece) : piece_(piece) {}
  Result<std::size_t> Read(const Context&, char* buffer, std::size_t size) override {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, piece_.size));
    if (size == 0) return std::size_t{0};
    ssize_t n = 0;
    do {
      n = ::pread(piece_.fd, buffer, size, static_cast<off_t>(piece_.offset));
    } while (n < 0 && errno == EINTR);
    if (n < 0) return ErrnoStatus(errno, "cannot read the spooled object");
    if (n == 0) return DataLoss("the spooled object is shorter than it was");
    piece_.offset += static_cast<std::uint64_t>(n);
    piece_.size -= static_cast<std::uint64_t>(n);
    return static_cast<std::size_t>(n);
  }

 private:
  FilePiece piece_;
};

// Ends early when the context is stopped.
void Pause(const Context& context, Duration duration) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock<std::mutex> lock(mutex);
  never.wait_for(lock, context.stop(), duration, [] { return false; });
}

Duration DelayAfter(int attempt, const Result<Answer>& answer) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double jitter = std::uniform_real_distribution<double>(0, 1)(random);
  const Duration delay = std::min(RetryDelay(kFirstDelay, attempt, jitter), kMaxDelay);
  if (!answer.ok() || (answer->status() != 503 && answer->status() != 429)) return delay;
  const auto seconds = ParseSize(answer->response.headers.Get("Retry-After"));
  const Duration asked =
      seconds.ok()
          ? Duration(static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, 60)) * 1'000)
          : kBusyDelay;
  // The jitter goes on top: all who were sent away must not come back at once.
  return std::clamp(asked, kBusyDelay, kMaxRetryAfter) + delay;
}

// MinIO says AccessDenied to a write whose folder another request removes at that moment.
bool MayBeRace(const Call& call, const Status& status) {
  return status.code() == Code::kPermissionDenied && !call.key.empty() &&
         (call.method == "PUT" || call.method == "POST");
}

struct Endpoint {
  std::string scheme;
  std::string authority;  // without the scheme's own port
};

Result<Endpoint> ParseEndpoint(std::string url) {
  const Status bad =
      InvalidArgument("'" + url + "' is no S3 endpoint; write https://HOST or http://HOST:PORT");
  std::transform(url.begin(), url.end(), url.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  while (url.ends_with('/')) url.pop_back();
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos) return bad;
  Endpoint endpoint{url.substr(0, colon), url.substr(colon + 3)};
  const bool secure = endpoint.scheme == "https";
  if (!secure && endpoint.scheme != "http") return bad;
  const std::string_view own_port = secure ? ":443" : ":80";
  if (endpoint.authority.ends_with(own_port)) {
    endpoint.authority.resize(endpoint.authority.size() - own_port.size());
  }
  if (endpoint.authority.empty() ||
      endpoint.authority.find_first_of("/?#@ \t\r\n") != std::string::npos) {
    return bad;
  }
  return endpoint;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Create(const S3ObjectStoreConfig& config) {
  VANG_ASSIGN_OR_RETURN(const Endpoint endpoint, ParseEndpoint(config.endpoint));
  std::string host = endpoint.authority;
  if (!config.path_style) host = config.bucket + "." + host;
  net::HttpClientOptions options;
  options.ca_file = config.ca_file;
  options.silence = config.silence;
  VANG_ASSIGN_OR_RETURN(auto http,
                        net::HttpClient::Create(endpoint.scheme + "://" + host, options));
  std::unique_ptr<Client> client(new Client(config, std::move(host), std::move(http)));
  VANG_RETURN_IF_ERROR(client->credentials_.Get().status());
  return client;
}

Client::Client(const S3ObjectStoreConfig& config, std::string host,
               std::unique_ptr<net::HttpClient> http)
    : config_(config),
      host_(std::move(host)),
      http_(std::move(http)),
      credentials_(config.access_key_id_file, config.secret_access_key_file,
                   config.session_token_file) {}

Result<http::Request> Client::Sign(const Call& call) {
  VANG_ASSIGN_OR_RETURN(const Credentials credentials, credentials_.Get());
  const SigningScope scope{.region = config_.region, .now = config_.clock->Now()};
  SignedRequest what;
  what.method = call.method;
  what.path = (config_.path_style ? "/" + config_.bucket : "") +
              (call.key.empty() && config_.path_style ? "" : "/" + call.key);
  what.query = call.query;
  what.payload_sha256 = call.sha256.empty() ? Sha256Hex(call.bytes) : call.sha256;
  what.headers = call.headers;
  what.headers.emplace_back("x-amz-content-sha256", what.payload_sha256);
  what.headers.emplace_back("x-amz-date", AmzDate(scope.now));
  if (!credentials.session_token.empty()) {
    what.headers.emplace_back("x-amz-security-token", credentials.session_token);
  }

  http::Request request;
  request.method = call.method;
  request.path = what.path;
  request.query = call.query;
  for (const auto& [name, value] : what.headers) request.headers.Add(name, value);
  what.headers.emplace_back("host", host_);
  request.headers.Add("Authorization", Authorization(what, credentials, scope));
  if (call.file) {
    request.body = std::make_shared<FileBody>(*call.file);
    request.content_length = call.file->size;
  } else if (!call.bytes.empty()) {
    request.body = std::make_shared<MemoryBody>(call.bytes);
    request.content_length = call.bytes.size();
  }
  return request;
}

Status Client::BeginTurn(const Context& context) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto free = [this] { return under_way_ < config_.max_requests; };
  const bool mine = context.deadline()
                        ? turn_.wait_until(lock, context.stop(), *context.deadline(), free)
                        : turn_.wait(lock, context.stop(), free);
  if (mine) {
    ++under_way_;
    return {};
  }
  // The word that a place is free may have come to a caller that no longer wants it.
  turn_.notify_one();
  const Status status = context.Check();
  return (status.ok() ? DeadlineExceeded("the deadline has passed") : status)
      .Wrap("waiting for one of " + std::to_string(config_.max_requests) + " S3 connections");
}

void Client::EndTurn() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    --under_way_;
  }
  turn_.notify_one();
}

Result<Answer> Client::Try(const Context& context, const Call& call) {
  VANG_ASSIGN_OR_RETURN(http::Request request, Sign(call));
  if (call.restart) call.restart();
  VANG_RETURN_IF_ERROR(BeginTurn(context));
  auto response = call.sink ? http_->Stream(context, request, call.sink)
                            : http_->Send(context, request, kAnswerLimit);
  EndTurn();
  if (response.status().code() == Code::kFailedPrecondition) {
    return FailedPrecondition(
        response.status().message() +
        "; name the authority that signed the server's certificate as ca_file");
  }
  if (!response.ok()) return response.status();
  return Answer{*std::move(response)};
}

Result<Answer> Client::Send(const Context& context, const Call& call) {
  const auto give_up = SteadyClock::now() + config_.retry_for;
  bool in_doubt = false;
  for (int attempt = 1;; ++attempt) {
    VANG_RETURN_IF_ERROR(context.Check());
    auto answer = Try(context, call);
    const Status status = answer.ok() ? StatusOf(call, *answer) : answer.status();
    if (answer.ok()) answer->in_doubt = in_doubt;
    const bool again = IsPassing(status) || (attempt < kTriesWhenDenied && MayBeRace(call, status));
    if (status.ok() || !call.retry || !again) return answer;
    in_doubt = true;
    const Duration delay = DelayAfter(attempt, answer);
    const auto next = SteadyClock::now() + delay;
    if (next >= give_up) return answer;
    // Who runs into the deadline is told what stood in the way.
    if (context.deadline() && next >= *context.deadline()) {
      return DeadlineExceeded("the deadline leaves no time for another try: " + status.message());
    }
    Pause(context, delay);
  }
}

Result<Answer> Client::SendOk(const Context& context, const Call& call) {
  VANG_ASSIGN_OR_RETURN(Answer answer, Send(context, call));
  VANG_RETURN_IF_ERROR(StatusOf(call, answer));
  return answer;
}

Status Client::StatusOf(const Call& call, const Answer& answer) const {
  if (answer.ok()) return {};
  return StatusOfAnswer(answer.response, config_,
                        call.method + " " + (call.key.empty() ? config_.bucket : call.key));
}

}  // namespace vang::s3
