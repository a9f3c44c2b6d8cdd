// Either shape as eight services on their servers. Tenants are told apart by the tests' names for
// them: there is one cluster.
#include <cstdlib>
#include <iostream>

#include "tests/e2e/either_shape.h"
#include "tests/support/vang_cluster.h"

namespace vang {
namespace {

template <typename T>
T Must(Result<T> result) {
  if (result.ok()) return std::move(*result);
  std::cerr << result.status().ToString() << '\n';
  std::abort();
}

class EightServices final : public SharedVang {
 public:
  static EightServices& Get() {
    static EightServices services;
    return services;
  }

  ApiClient& client() override { return client_; }
  std::string url() const override { return cluster_->url(); }
  std::string authorization() const override { return "Authorization: Bearer " + key_ + "\r\n"; }

  std::set<std::string> Objects() override {
    std::set<std::string> keys;
    const auto store = Must(OpenS3ObjectStore(Context(), cluster_->objects()));
    while (true) {
      const std::string after = keys.empty() ? "" : *keys.rbegin();
      const auto page = Must(store->List(Context(), "local/", after, 1'000));
      if (page.empty()) return keys;
      for (const ObjectInfo& object : page) keys.insert(object.key);
    }
  }

  const std::filesystem::path& scratch() const override { return scratch_.path(); }
  VangCluster& cluster() { return *cluster_; }

 private:
  const TempFolder scratch_;
  const std::unique_ptr<VangCluster> cluster_ = Must(VangCluster::Start());
  const std::string key_ = Must(cluster_->MakeKey("local", {"read", "write", "admin"}));
  ApiClient client_{cluster_->url(), key_};
};

class KeyedServices final : public KeyedVang {
 public:
  std::string MakeKey(const std::string& tenant, const std::vector<std::string>& scopes) override {
    return Must(EightServices::Get().cluster().MakeKey(tenant, scopes));
  }
  std::string url() override { return EightServices::Get().url(); }
};

}  // namespace

SharedVang& SharedVang::Get() { return EightServices::Get(); }

std::unique_ptr<KeyedVang> KeyedVang::Start() { return std::make_unique<KeyedServices>(); }

}  // namespace vang
