// `vang serve` for tests that know it is one: one for all tests of the binary that are content with
// a default one, or, as an object of its own, for one test.
#pragma once

#include <cstdlib>
#include <iostream>
#include <set>

#include "libs/base/temp_folder.h"
#include "tests/support/api_client.h"
#include "tests/support/vang_server.h"

namespace vang {

// All objects and half-written files of a data folder.
inline std::set<std::string> FilesOf(const std::filesystem::path& data) {
  std::set<std::string> files;
  for (const char* part : {"objects", "tmp"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data / part)) {
      if (entry.is_regular_file()) files.insert(entry.path().string());
    }
  }
  return files;
}

class SharedServer {
 public:
  SharedServer() : server_(Start(folder_.path() / "data")), client_(server_.url()) {}
  static SharedServer& Get() {
    static SharedServer server;
    return server;
  }
  ApiClient& client() { return client_; }
  const std::string& url() const { return server_.url(); }
  const std::filesystem::path& scratch() const { return folder_.path(); }
  std::filesystem::path data() const { return folder_.path() / "data"; }

 private:
  static VangServer Start(const std::filesystem::path& data) {
    VangServer::Options options;
    options.data = data;
    auto server = VangServer::Start(options);
    if (!server.ok()) {
      std::cerr << server.status().ToString() << '\n';
      std::abort();
    }
    return std::move(*server);
  }

  TempFolder folder_;
  VangServer server_;
  ApiClient client_;
};

}  // namespace vang
