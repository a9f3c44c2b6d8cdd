// Requests to Qdrant's HTTP API and what its answers mean. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "libs/adapters/search_index/qdrant/qdrant_search_index.h"
#include "libs/common/json.h"
#include "libs/net/http_client.h"

namespace vang::qdrant {

class Client {
 public:
  static Result<std::unique_ptr<Client>> Create(const QdrantSearchIndexConfig& config);

  // The `result` of a 2xx answer, or all of an answer that has none. A write is waited for: its
  // answer comes when it is in the log on the medium and can be found. Tried three times in all
  // while the server is away or overloaded: every request here may be repeated. kNotFound for a
  // collection that does not exist, kAlreadyExists for one that does.
  Result<JsonValue> Read(const Context& context, const std::string& method, const std::string& path,
                         const std::string& body = "");
  Result<JsonValue> Write(const Context& context, const std::string& method,
                          const std::string& path, const std::string& body = "");

 private:
  struct Call {
    const std::string& method;
    const std::string& path;
    const std::string& body;
    bool wait = false;
  };

  Client(const QdrantSearchIndexConfig& config, std::unique_ptr<net::HttpClient> http)
      : config_(config), http_(std::move(http)) {}
  Result<JsonValue> Send(const Context& context, const Call& call);
  Result<JsonValue> Try(const Context& context, const Call& call);
  Status StatusOf(const Call& call, const http::Response& response) const;

  const QdrantSearchIndexConfig config_;
  const std::unique_ptr<net::HttpClient> http_;
};

}  // namespace vang::qdrant
