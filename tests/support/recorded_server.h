// An HTTP server that says again what a real one once said. It plays one conversation from a file,
// in order: a request that differs from the recorded one fails the test. The same class records,
// standing between the client and the real server.
//
// The file holds one exchange a line: {"method": …, "target": …, "body": …, "status": …,
// "answer": …}, bodies as JSON.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/common/json.h"
#include "libs/net/http_client.h"
#include "libs/net/http_server.h"

namespace vang {

class RecordedServer {
 public:
  static Result<std::unique_ptr<RecordedServer>> Play(const std::filesystem::path& file);
  // Hands requests on to `url` and writes what was said to `file` in the end.
  static Result<std::unique_ptr<RecordedServer>> Record(const std::string& url,
                                                        const std::filesystem::path& file);
  // Fails the test when something of the conversation was not asked for.
  ~RecordedServer();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  struct Exchange {
    std::string method;
    std::string target;
    JsonValue body;
    int status = 0;
    JsonValue answer;
  };

  explicit RecordedServer(std::filesystem::path file) : file_(std::move(file)) {}
  Status Load();
  Status Save() const;
  Status Serve();
  http::Response Handle(const Context& context, http::Request& request);
  http::Response Replay(const Exchange& asked);
  http::Response PassOn(const Context& context, http::Request& request, Exchange* asked);

  const std::filesystem::path file_;
  std::unique_ptr<net::HttpClient> real_;  // null = plays
  std::mutex mutex_;
  std::vector<Exchange> exchanges_;
  std::size_t next_ = 0;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace vang
