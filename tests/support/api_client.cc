#include "tests/support/api_client.h"

#include <cstdlib>
#include <thread>

namespace vang {

ApiClient::ApiClient(const std::string& url, std::string key) : key_(std::move(key)) {
  auto client = net::HttpClient::Create(url);
  if (!client.ok()) std::abort();
  client_ = std::move(*client);
}

Result<http::Response> ApiClient::Send(const std::string& method, const std::string& target,
                                       std::string body,
                                       std::vector<std::pair<std::string, std::string>> headers) {
  http::Request request;
  request.method = method;
  VANG_RETURN_IF_ERROR(http::ParseTarget(target, &request));
  for (auto& [name, value] : headers) request.headers.Add(std::move(name), std::move(value));
  if (!key_.empty()) request.headers.Set("Authorization", "Bearer " + key_);
  if (!body.empty()) {
    request.content_length = body.size();
    request.body = http::StringBody(std::move(body));
  }
  return client_->Send(Context().WithTimeout(std::chrono::minutes(2)), request);
}

namespace {

Result<JsonValue> JsonOf(Result<http::Response> response) {
  if (!response.ok()) return response.status();
  if (response->status / 100 != 2) return http::StatusOfResponse(*response);
  return ParseJson(response->body);
}

}  // namespace

Result<JsonValue> ApiClient::Get(const std::string& target) { return JsonOf(Send("GET", target)); }

Result<JsonValue> ApiClient::Post(const std::string& target, const std::string& json) {
  return JsonOf(Send("POST", target, json, {{"Content-Type", "application/json"}}));
}

Result<std::string> ApiClient::Upload(std::string bytes, const std::string& file_name) {
  VANG_ASSIGN_OR_RETURN(
      const JsonValue recording,
      JsonOf(Send("POST", "/v1/recordings?file_name=" + http::PercentEncode(file_name),
                  std::move(bytes), {{"Content-Type", "application/octet-stream"}})));
  return TextAt(recording, "/id");
}

Result<JsonValue> ApiClient::WaitUntilDone(const std::string& id, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    VANG_ASSIGN_OR_RETURN(JsonValue recording, Get("/v1/recordings/" + id));
    const std::string status = TextAt(recording, "/status");
    if (status == "completed" || status == "failed") return recording;
    if (std::chrono::steady_clock::now() > end) {
      return DeadlineExceeded("recording " + id + " is still " + status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Result<std::vector<JsonValue>> ApiClient::List(const std::string& path) {
  std::vector<JsonValue> all;
  std::string cursor;
  do {
    VANG_ASSIGN_OR_RETURN(
        JsonValue page, Get(path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=100" +
                            (cursor.empty() ? "" : "&cursor=" + http::PercentEncode(cursor))));
    for (JsonValue& item : page.at("data").as_array()) all.push_back(std::move(item));
    cursor = TextAt(page, "/next_cursor");
  } while (!cursor.empty());
  return all;
}

std::string TextAt(const JsonValue& value, std::string_view pointer) {
  boost::json::error_code error;
  const JsonValue* found = value.find_pointer(pointer, error);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace vang
