#include "services/training-orchestrator/module.h"

#include "libs/common/event_data.h"
#include "libs/runtime/consumer.h"
#include "libs/runtime/log.h"
#include "services/training-orchestrator/corrections.h"
#include "services/training-orchestrator/datasets.h"
#include "services/training-orchestrator/models.h"
#include "services/training-orchestrator/routes.h"

namespace vang {
namespace {

using training::Corrections;
using training::Datasets;
using training::Models;

class TrainingModule : public Module {
 public:
  TrainingModule(const TrainingPorts& ports, const TrainingOptions& options)
      : ports_(ports),
        options_(options),
        corrections_(ports.registry, ports.objects, ports.metadata),
        datasets_({ports.registry, ports.objects, ports.bus, &corrections_, ports.clock}),
        models_({ports.registry, ports.bus, ports.asr, ports.clock}) {
    training::AddDatasetRoutes(&router_, ports.registry, &datasets_);
    training::AddModelRoutes(&router_, ports.registry, &models_);
  }

  const std::string& name() const override { return name_; }

  // A folder that is no model must not keep the recordings from being served: it shows in the log
  // and turns /readyz red instead. Any other fault is the registry's, and the start is tried again.
  Status Start(const Context& context) override {
    if (!options_.default_model_folder.empty()) {
      default_model_ = models_.RegisterDefault(context, options_.default_model_folder);
      if (!default_model_.ok()) {
        Log(LogLevel::kError, name_, "the model that ships cannot be registered",
            {{"folder", options_.default_model_folder}, {"error", default_model_.message()}});
        const Code code = default_model_.code();
        if (code != Code::kInvalidArgument && code != Code::kNotFound &&
            code != Code::kPermissionDenied) {
          return default_model_;
        }
      }
    }
    VANG_RETURN_IF_ERROR(models_.FinishPromotion(context));
    VANG_RETURN_IF_ERROR(datasets_.FinishAll(context));
    ConsumerOptions options;
    options.bus.name = name_;
    options.bus.subjects = {std::string(TranscriptEdited::kSubject),
                            std::string(RecordingDeleted::kSubject)};
    // A correction that cannot be taken is no failure of its recording.
    options.announce_failure = false;
    options.dependencies = [this](const Context& asking) { return Dependencies(asking); };
    VANG_ASSIGN_OR_RETURN(consumer_, Consumer::Create(
                                         ports_.bus, std::move(options),
                                         [this](const Context& handling, const Delivery& delivery) {
                                           return corrections_.Apply(handling, delivery.event);
                                         },
                                         *ports_.clock, ports_.metrics));
    return consumer_->Start(context);
  }

  void Stop(Duration drain) override { consumer_->Stop(drain); }

  const http::Router* router() const override { return &router_; }

  std::vector<Health> Check(const Context& context) override {
    std::vector<Health> health{consumer_->Check(context)};
    if (Status status = ports_.registry->Ping(context); !status.ok()) {
      health.push_back({name_ + " registry", false, status.message()});
    }
    const auto champion = models_.Champion(context);
    if (!champion.ok()) {
      const std::string why =
          default_model_.ok() ? champion.status().message() : default_model_.message();
      health.push_back({name_ + " model", false, why + "; add one with: vang models add FOLDER"});
    }
    return health;
  }

 private:
  Status Dependencies(const Context& context) const {
    VANG_RETURN_IF_ERROR(ports_.registry->Ping(context));
    VANG_RETURN_IF_ERROR(ports_.objects->Ping(context));
    return PingUpstream(context, *ports_.metadata);
  }

  const std::string name_ = "training-orchestrator";
  const TrainingPorts ports_;
  const TrainingOptions options_;
  Corrections corrections_;
  Datasets datasets_;
  Models models_;
  http::Router router_;
  Status default_model_;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace

std::unique_ptr<Module> MakeTraining(const TrainingPorts& ports, const TrainingOptions& options) {
  return std::make_unique<TrainingModule>(ports, options);
}

}  // namespace vang
