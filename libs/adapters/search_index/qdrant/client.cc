#include "libs/adapters/search_index/qdrant/client.h"

#include <condition_variable>
#include <mutex>
#include <random>

#include "libs/runtime/consumer.h"

namespace vang::qdrant {
namespace {

constexpr int kTries = 3;
constexpr Duration kFirstDelay{100};
// Two thousand moments of half a thousand words are the longest answer.
constexpr std::size_t kAnswerLimit = std::size_t{64} << 20;

// Ends early when the context is stopped.
void Pause(const Context& context, int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double jitter = std::uniform_real_distribution<double>(0, 1)(random);
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock<std::mutex> lock(mutex);
  never.wait_for(lock, context.stop(), RetryDelay(kFirstDelay, attempt, jitter),
                 [] { return false; });
}

// What the server says went wrong: {"status": {"error": "…"}}, or a few words.
std::string Complaint(const std::string& body) {
  const auto json = ParseJson(body);
  if (json.ok()) {
    boost::json::error_code missing;
    const JsonValue* error = json->find_pointer("/status/error", missing);
    if (error != nullptr && error->is_string()) {
      return std::string(error->get_string().data(), error->get_string().size());
    }
  }
  return body.substr(0, 200);
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Create(const QdrantSearchIndexConfig& config) {
  net::HttpClientOptions options;
  options.ca_file = config.ca_file;
  options.silence = config.timeout;
  VANG_ASSIGN_OR_RETURN(auto http, net::HttpClient::Create(config.url, options));
  return std::unique_ptr<Client>(new Client(config, std::move(http)));
}

Result<JsonValue> Client::Read(const Context& context, const std::string& method,
                               const std::string& path, const std::string& body) {
  return Send(context, {method, path, body});
}

Result<JsonValue> Client::Write(const Context& context, const std::string& method,
                                const std::string& path, const std::string& body) {
  return Send(context, {method, path, body, true});
}

Result<JsonValue> Client::Send(const Context& context, const Call& call) {
  for (int attempt = 1;; ++attempt) {
    VANG_RETURN_IF_ERROR(context.Check());
    auto result = Try(context, call);
    if (result.status().code() != Code::kUnavailable || attempt == kTries) return result;
    Pause(context, attempt);
    // Who runs into the deadline is told what stood in the way.
    if (!context.Check().ok()) return result;
  }
}

Result<JsonValue> Client::Try(const Context& context, const Call& call) {
  http::Request request;
  request.method = call.method;
  request.path = call.path;
  if (call.wait) request.query.emplace_back("wait", "true");
  if (!config_.api_key.empty()) request.headers.Set("api-key", config_.api_key);
  if (!call.body.empty()) {
    request.headers.Set("Content-Type", "application/json");
    request.content_length = call.body.size();
    request.body = http::StringBody(call.body);
  }
  auto response = http_->Send(context.WithTimeout(config_.timeout), request, kAnswerLimit);
  if (!response.ok()) return response.status().Wrap("asking Qdrant at " + config_.url);
  VANG_RETURN_IF_ERROR(StatusOf(call, *response));
  auto answer = ParseJson(response->body, kAnswerLimit);
  if (!answer.ok() || !answer->is_object()) {
    return DataLoss(call.path + " at " + config_.url + " answered something else than JSON");
  }
  JsonObject& object = answer->get_object();
  if (JsonValue* result = object.if_contains("result")) return std::move(*result);
  return answer;
}

Status Client::StatusOf(const Call& call, const http::Response& response) const {
  const int status = response.status;
  if (status >= 200 && status < 300) return {};
  const std::string message = call.method + " " + call.path + " at " + config_.url + ": HTTP " +
                              std::to_string(status) + ": " + Complaint(response.body);
  switch (status) {
    case 401:
      return Unauthenticated(message + "; check the API key");
    case 403:
      return PermissionDenied(message + "; the API key must allow writing and collections");
    case 404:
      return NotFound(message);
    case 409:
      return AlreadyExists(message);
    case 507:
      return ResourceExhausted(message + "; free some space on the server");
    default:
      return status >= 500 || status == 408 || status == 429 ? Unavailable(message)
                                                             : Internal(message);
  }
}

}  // namespace vang::qdrant
