#include "apps/services/parts.h"
#include "libs/net/service_client.h"

namespace vang::services {

Result<Upstream*> Parts::To(const std::string& service) {
  net::ServiceClientConfig config;
  config.service = service;
  config.urls = settings_->List(service + ".urls");
  config.secret = settings_->Text("service.secret");
  config.metrics = metrics_;
  VANG_ASSIGN_OR_RETURN(auto client, net::MakeServiceClient(config));
  return Keep(std::move(client));
}

Result<ModelFolders> Parts::Models() const { return FindModels(settings_->Text("models.folder")); }

}  // namespace vang::services
