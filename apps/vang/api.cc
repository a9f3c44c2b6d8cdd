#include "apps/vang/api.h"

#include <algorithm>
#include <cstdlib>

#include "apps/vang/installation.h"
#include "apps/vang/local_api.h"
#include "libs/base/clock.h"
#include "libs/base/file.h"
#include "libs/net/http_client.h"

namespace vang::cli {
namespace {

// Trying a model, the longest of what a call may wait for, takes up to three minutes.
constexpr Duration kCallTimeout{200'000};
constexpr int kPageSize = 100;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

// Empty when no key was given.
Result<std::string> ReadKey(const ApiOptions& options) {
  std::string file = options.key_file;
  if (file.empty()) {
    if (std::string key = Trimmed(Environment("VANG_API_KEY")); !key.empty()) return key;
    file = Environment("VANG_API_KEY_FILE");
  }
  if (file.empty()) return std::string();
  VANG_ASSIGN_OR_RETURN(std::string key, ReadFile(file, 4'096));
  return Trimmed(std::move(key));
}

std::filesystem::path DataOf(const ApiOptions& options) {
  return options.data.empty() ? DefaultDataFolder() : std::filesystem::path(options.data);
}

class HttpApi : public Api {
 public:
  HttpApi(std::unique_ptr<net::HttpClient> client, std::string url, std::string key)
      : client_(std::move(client)), url_(std::move(url)), key_(std::move(key)) {}

  std::string url() const override { return url_; }

 protected:
  Result<http::Response> Exchange(const Context& context, http::Request& request) override {
    if (!key_.empty()) request.headers.Set("Authorization", "Bearer " + key_);
    auto response = client_->Send(context, request);
    if (!response.ok() && response.status().code() == Code::kUnavailable) {
      // "GET <address>: what went wrong": the address is said once.
      const std::string why = response.status().message();
      const std::size_t colon = why.rfind(": ");
      return Unavailable("no Vang answers on " + url_ + " (" +
                         (colon == std::string::npos ? why : why.substr(colon + 2)) +
                         "); `vang serve` starts one, --url or VANG_URL names another");
    }
    if (response.ok() && response->status == 401 && key_.empty()) {
      return Unauthenticated(url_ +
                             " needs a key: give it in VANG_API_KEY, or in a file with --key-file; "
                             "`vang keys create` on that machine makes one");
    }
    return response;
  }

 private:
  std::unique_ptr<net::HttpClient> client_;
  std::string url_;
  std::string key_;
};

}  // namespace

Result<std::unique_ptr<Api>> Api::Connect(const ApiOptions& options) {
  std::string url = options.url.empty() ? Environment("VANG_URL") : options.url;
  if (url.empty()) url = ServingUrl(DataOf(options)).value_or("http://127.0.0.1:8000");
  while (url.ends_with('/')) url.pop_back();
  VANG_ASSIGN_OR_RETURN(std::string key, ReadKey(options));
  VANG_ASSIGN_OR_RETURN(auto client, net::HttpClient::Create(url));
  return std::unique_ptr<Api>(
      std::make_unique<HttpApi>(std::move(client), std::move(url), std::move(key)));
}

Result<std::unique_ptr<Api>> Api::ConnectOrOpen(const ApiOptions& options) {
  const bool named = !options.url.empty() || !Environment("VANG_URL").empty();
  if (named || ServingUrl(DataOf(options))) return Connect(options);
  return OpenLocalApi(DataOf(options), options.models);
}

Result<http::Response> Api::Send(http::Request& request, Duration timeout) {
  VANG_ASSIGN_OR_RETURN(http::Response response, Exchange(Context().WithTimeout(timeout), request));
  // "Busy, try again" of a server that is there is another thing than no server.
  const Status status = http::StatusOfResponse(response);
  if (status.code() == Code::kUnavailable) return ResourceExhausted(status.message());
  VANG_RETURN_IF_ERROR(status);
  return response;
}

Result<http::Response> Api::Call(std::string method, std::string path, const Query& query,
                                 const std::string& json) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  for (const auto& [name, value] : query) {
    if (!value.empty()) request.query.emplace_back(name, value);
  }
  request.headers.Set("Accept", "application/json");
  if (!json.empty()) {
    request.headers.Set("Content-Type", "application/json");
    request.content_length = json.size();
    request.body = http::StringBody(json);
  }
  return Send(request, kCallTimeout);
}

Result<JsonValue> Api::Json(std::string method, std::string path, const Query& query,
                            const std::string& json) {
  VANG_ASSIGN_OR_RETURN(const http::Response response,
                        Call(std::move(method), std::move(path), query, json));
  auto value = ParseJson(response.body);
  if (!value.ok()) return value.status().Wrap("the server's answer");
  return value;
}

Result<std::vector<JsonValue>> Api::List(const std::string& path, const Query& query, int limit) {
  std::vector<JsonValue> rows;
  std::string cursor;
  while (static_cast<int>(rows.size()) < limit) {
    Query page_query = query;
    page_query.emplace_back(
        "limit", std::to_string(std::min(kPageSize, limit - static_cast<int>(rows.size()))));
    page_query.emplace_back("cursor", cursor);
    VANG_ASSIGN_OR_RETURN(const JsonValue page, Json("GET", path, page_query));
    JsonReader reader(page);
    for (const JsonValue& row : reader.Array("data")) rows.push_back(row);
    const bool more = reader.Bool("has_more");
    VANG_RETURN_IF_ERROR(reader.status().Wrap("the server's answer"));
    if (!more) break;
    cursor = reader.String("next_cursor");
    VANG_RETURN_IF_ERROR(reader.status().Wrap("the server's answer"));
  }
  return rows;
}

}  // namespace vang::cli
