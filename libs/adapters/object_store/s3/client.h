// Signed requests to one bucket, tried again while there is sense in it. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "libs/adapters/object_store/s3/credentials.h"
#include "libs/adapters/object_store/s3/s3_object_store.h"
#include "libs/adapters/object_store/s3/signature.h"
#include "libs/net/http_client.h"

namespace vang::s3 {

// Bytes of a file that is sent as a body.
struct FilePiece {
  int fd = -1;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct Call {
  std::string method;
  std::string key = {};  // whole, in the bucket; empty = the bucket itself
  Fields query = {};
  Fields headers = {};
  // The body: `bytes`, which must outlive the call, or `file`, whose SHA-256 the caller knows.
  std::string_view bytes = {};
  std::optional<FilePiece> file = {};
  std::string sha256 = {};  // lower-case hex; empty = taken of `bytes`
  // Takes the body of a 2xx answer; false = enough. `restart` is called before every try.
  net::HttpClient::Sink sink = {};
  std::function<void()> restart = {};
  bool retry = true;
};

struct Answer {
  http::Response response;
  // A try before this one ended without a clear answer: the server may have done it already.
  bool in_doubt = false;

  int status() const { return response.status; }
  bool ok() const { return response.status >= 200 && response.status < 300; }
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> Create(const S3ObjectStoreConfig& config);

  // Any answer that is not worth another try. Otherwise kUnavailable (or what the last answer
  // said) after the configured time, kDeadlineExceeded and kCancelled as the context has it.
  Result<Answer> Send(const Context& context, const Call& call);

  // As Send, but an answer that is no 2xx is its Status.
  Result<Answer> SendOk(const Context& context, const Call& call);

  // What an answer that is no 2xx means and what to do about it.
  Status StatusOf(const Call& call, const Answer& answer) const;

 private:
  Client(const S3ObjectStoreConfig& config, std::string host,
         std::unique_ptr<net::HttpClient> http);

  // Waits for one of `max_requests` places; EndTurn gives it back.
  Status BeginTurn(const Context& context);
  void EndTurn();
  Result<Answer> Try(const Context& context, const Call& call);
  Result<http::Request> Sign(const Call& call);

  const S3ObjectStoreConfig config_;
  const std::string host_;  // as the Host header has it
  const std::unique_ptr<net::HttpClient> http_;
  CredentialFiles credentials_;
  std::mutex mutex_;
  std::condition_variable_any turn_;
  int under_way_ = 0;
};

}  // namespace vang::s3
