// The public API as tests use it. A failed call is a Status with what the problem body says.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/common/json.h"
#include "libs/net/http_client.h"

namespace vang {

class ApiClient {
 public:
  explicit ApiClient(const std::string& url, std::string key = "");

  // Any request; headers as given. The call has two minutes.
  Result<http::Response> Send(const std::string& method, const std::string& target,
                              std::string body = "",
                              std::vector<std::pair<std::string, std::string>> headers = {});

  // The JSON body of a 2xx answer.
  Result<JsonValue> Get(const std::string& target);
  Result<JsonValue> Post(const std::string& target, const std::string& json);

  // Uploads `bytes` as the raw body of a recording; the recording's id once the server has said 202
  // or 200.
  Result<std::string> Upload(std::string bytes, const std::string& file_name);

  // Asks again and again until the recording is completed or failed, at most `limit`.
  Result<JsonValue> WaitUntilDone(const std::string& id,
                                  std::chrono::seconds limit = std::chrono::seconds(300));

  // All items of a list, page by page.
  Result<std::vector<JsonValue>> List(const std::string& path);

 private:
  std::unique_ptr<net::HttpClient> client_;
  std::string key_;
};

// value["a"]["b"] as text; empty when it is not there or null.
std::string TextAt(const JsonValue& value, std::string_view pointer);

}  // namespace vang
