// The public API as the commands call it: over HTTP, or, for keys and models while no server has
// the data folder, straight into the same routes in this process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/common/http.h"
#include "libs/common/json.h"

namespace vang::cli {

struct ApiOptions {
  std::string url;       // empty = VANG_URL, or the address that the server of `data` announced,
                         // or http://127.0.0.1:8000
  std::string key_file;  // file with the key; empty = VANG_API_KEY or VANG_API_KEY_FILE
  std::string data;      // empty = DefaultDataFolder()
  std::string models;
};

using Query = std::vector<std::pair<std::string, std::string>>;  // empty values are left out

class Api {
 public:
  // Over HTTP.
  static Result<std::unique_ptr<Api>> Connect(const ApiOptions& options);
  // Over HTTP when an address was named or a server has the data folder, else in this process.
  static Result<std::unique_ptr<Api>> ConnectOrOpen(const ApiOptions& options);
  virtual ~Api() = default;

  // Where the server is; empty when there is none.
  virtual std::string url() const { return ""; }

  // The 2xx answer, or the Status that the problem body tells. kUnavailable when nobody answered.
  Result<http::Response> Call(std::string method, std::string path, const Query& query = {},
                              const std::string& json = "");
  // Call, with the answer as JSON.
  Result<JsonValue> Json(std::string method, std::string path, const Query& query = {},
                         const std::string& json = "");
  // As Call, for a request that is made already, within `timeout` (none = 10 s).
  Result<http::Response> Send(http::Request& request, Duration timeout);

  // All pages of a list, at most `limit` rows.
  Result<std::vector<JsonValue>> List(const std::string& path, const Query& query, int limit);

 protected:
  virtual Result<http::Response> Exchange(const Context& context, http::Request& request) = 0;
};

}  // namespace vang::cli
