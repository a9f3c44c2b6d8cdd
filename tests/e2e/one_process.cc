// Either shape as one process.
#include <cstdlib>
#include <iostream>
#include <optional>

#include "libs/base/temp_folder.h"
#include "tests/e2e/either_shape.h"
#include "tests/e2e/shared_server.h"

namespace vang {
namespace {

class OneProcess final : public SharedVang {
 public:
  ApiClient& client() override { return server_.client(); }
  std::string url() const override { return server_.url(); }
  std::string authorization() const override { return ""; }
  std::set<std::string> Objects() override { return FilesOf(server_.data()); }
  const std::filesystem::path& scratch() const override { return server_.scratch(); }

 private:
  SharedServer& server_ = SharedServer::Get();
};

class KeyedProcess final : public KeyedVang {
 public:
  std::string MakeKey(const std::string& tenant, const std::vector<std::string>& scopes) override {
    std::vector<std::string> arguments = {"--json", "keys",     "create", "--data",
                                          data_,    "--tenant", tenant};
    for (const std::string& scope : scopes) arguments.push_back("--scope=" + scope);
    arguments.push_back("a key of " + tenant);
    const auto made = RunVang(arguments);
    if (!made.ok() || !made->exit.ok()) {
      std::cerr << (made.ok() ? made->error : made.status().ToString()) << '\n';
      std::abort();
    }
    const auto key = ParseJson(made->output);
    return key.ok() ? TextAt(*key, "/key") : "";
  }

  std::string url() override {
    if (!server_) {
      VangServer::Options options;
      options.data = data_;
      options.listen = "0.0.0.0:0";
      auto server = VangServer::Start(options);
      if (!server.ok()) {
        std::cerr << server.status().ToString() << '\n';
        std::abort();
      }
      server_.emplace(std::move(*server));
    }
    return "http://127.0.0.1:" + server_->url().substr(server_->url().rfind(':') + 1);
  }

 private:
  TempFolder folder_;
  const std::string data_ = folder_.path() / "data";
  std::optional<VangServer> server_;
};

}  // namespace

SharedVang& SharedVang::Get() {
  static OneProcess vang;
  return vang;
}

std::unique_ptr<KeyedVang> KeyedVang::Start() { return std::make_unique<KeyedProcess>(); }

}  // namespace vang
