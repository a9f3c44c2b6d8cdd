#include "apps/vang/local_api.h"
#include "apps/host/model_folders.h"

#include "apps/vang/stores.h"
#include "libs/ports/upstream.h"
#include "services/api-gateway/module.h"
#include "services/metadata/module.h"
#include "services/training-orchestrator/module.h"

namespace vang::cli {
namespace {

// What training-orchestrator asks of asr: to try a model. The recogniser is opened when first
// asked, as most commands never do.
class TryingUpstream : public Upstream {
 public:
  explicit TryingUpstream(Metrics* metrics) : metrics_(metrics) {}

  Result<http::Response> Send(const Context& context, http::Request& request) override {
    if (request.path != "/internal/v1/models/validate") {
      return Unavailable("asr is not running");
    }
    VANG_ASSIGN_OR_RETURN(const JsonValue body, request.ReadJson(context));
    JsonReader reader(body);
    const SpeechModel model{reader.String("id"), reader.String("family"), reader.String("folder")};
    VANG_RETURN_IF_ERROR(reader.status());
    if (transcriber_ == nullptr) {
      VANG_ASSIGN_OR_RETURN(transcriber_, OpenTranscriber(1, metrics_));
    }
    const Status status = transcriber_->Validate(context, model);
    if (status.code() == Code::kInvalidArgument) return http::Problem(422, status);
    if (!status.ok()) return http::Problem(status);
    http::Response response;
    response.status = 204;
    return response;
  }

 private:
  Metrics* metrics_;
  std::unique_ptr<Transcriber> transcriber_;
};

class LocalApi : public Api {
 public:
  static Result<std::unique_ptr<Api>> Open(const std::filesystem::path& data,
                                           const std::string& models) {
    auto api = std::make_unique<LocalApi>();
    VANG_ASSIGN_OR_RETURN(api->lock_, DataLock::Take(data));
    VANG_ASSIGN_OR_RETURN(api->stores_, OpenStores(data));
    const Clock* clock = &Clock::System();
    Stores& stores = api->stores_;
    api->metadata_ = MakeMetadata({stores.metadata.get(), stores.keys.get(), stores.objects.get(),
                                   stores.bus.get(), clock, &api->metrics_});
    const auto found = FindModels(models);
    api->training_ = MakeTraining({stores.registry.get(), stores.objects.get(), stores.bus.get(),
                                   &api->asr_, &api->asr_, clock, &api->metrics_},
                                  {found.ok() ? found->speech : ""});
    return std::unique_ptr<Api>(std::move(api));
  }

 protected:
  Result<http::Response> Exchange(const Context& context, http::Request& request) override {
    request.tenant = kLocalTenant;
    request.key_id = kLocalKeyId;
    request.scopes = {"read", "write", "admin"};
    const bool models = request.path.starts_with("/v1/models");
    return (models ? training_ : metadata_)->router()->Handle(context, request);
  }

 private:
  // In the order in which they need each other; the modules only lend their routes and are never
  // started.
  std::unique_ptr<DataLock> lock_;
  Metrics metrics_;
  Stores stores_;
  TryingUpstream asr_{&metrics_};
  std::unique_ptr<Module> metadata_;
  std::unique_ptr<Module> training_;
};

}  // namespace

Result<std::unique_ptr<Api>> OpenLocalApi(const std::filesystem::path& data,
                                          const std::string& models) {
  return LocalApi::Open(data, models);
}

}  // namespace vang::cli
