#include "services/asr/module.h"

#include <algorithm>
#include <mutex>

#include "libs/common/event_data.h"
#include "libs/runtime/consumer.h"
#include "services/asr/champion.h"
#include "services/asr/recording_handler.h"

namespace vang {
namespace {

constexpr Duration kBusTimeout{10'000};

class AsrModule : public Module {
 public:
  AsrModule(const AsrPorts& ports, const AsrOptions& options)
      : ports_(ports),
        options_(options),
        recordings_(ports, options),
        champion_(ports.training, ports.transcriber) {
    router_.Add("POST", "/internal/v1/models/validate",
                [this](const Context& context, http::Request& request) {
                  return Validate(context, request);
                });
  }

  const std::string& name() const override { return name_; }
  const http::Router* router() const override { return &router_; }

  Status Start(const Context& context) override {
    VANG_RETURN_IF_ERROR(MakeRecordingConsumer());
    VANG_RETURN_IF_ERROR(MakeModelConsumer());
    VANG_RETURN_IF_ERROR(model_consumer_->Start(context));
    // Recordings wait until a model serves; the rest of the process does not wait for that.
    champion_.Start([this]() -> Status {
      VANG_RETURN_IF_ERROR(recording_consumer_->Start(Context().WithTimeout(kBusTimeout)));
      std::lock_guard<std::mutex> lock(mutex_);
      taking_recordings_ = true;
      return {};
    });
    return {};
  }

  void Stop(Duration drain) override {
    champion_.Stop();
    recording_consumer_->Stop(drain);
    model_consumer_->Stop(drain);
  }

  std::vector<Health> Check(const Context& context) override {
    std::vector<Health> all;
    const SpeechModel model = ports_.transcriber->current();
    const std::string problem = champion_.problem();
    Health health{name_, true, ""};
    if (model.id.empty()) {
      health.ready = false;
      health.detail = "no speech model serves: " + problem;
    } else if (const Status ping = ports_.transcriber->Ping(context); !ping.ok()) {
      health.ready = false;
      health.detail = ping.message();
    } else {
      health.detail = "serves " + model.id;
      if (!problem.empty()) health.detail += "; the champion does not serve: " + problem;
    }
    all.push_back(std::move(health));
    const Status objects = ports_.objects->Ping(context);
    all.push_back({name_ + " objects", objects.ok(), objects.message()});
    {
      std::lock_guard<std::mutex> lock(mutex_);
      // Until then the line above says what is missing.
      if (!taking_recordings_) {
        if (all[0].ready) all[0] = {name_, false, "recordings are not taken yet: " + problem};
        return all;
      }
    }
    all.push_back(Named("asr recordings", recording_consumer_->Check(context)));
    all.push_back(Named("asr models", model_consumer_->Check(context)));
    return all;
  }

 private:
  static Health Named(const char* name, Health health) {
    health.name = name;
    return health;
  }

  Status MakeRecordingConsumer() {
    ConsumerOptions options;
    options.bus.name = "asr";
    options.bus.subjects = {std::string(RecordingIngested::kSubject)};
    options.workers = options_.workers;
    options.dependencies = [this](const Context& context) { return ports_.objects->Ping(context); };
    // Each piece has a limit of its own; as a whole a recording may take as long as it lasts.
    options.hang_limit = std::max(options.hang_limit,
                                  Duration(static_cast<std::int64_t>(options_.max_seconds * 1000)));
    VANG_ASSIGN_OR_RETURN(recording_consumer_,
                          Consumer::Create(
                              ports_.bus, options,
                              [this](const Context& context, const Delivery& delivery) {
                                return recordings_.Handle(context, delivery);
                              },
                              *ports_.clock, ports_.metrics));
    return {};
  }

  // Every process that recognises must hear of a promotion: a consumer for each.
  Status MakeModelConsumer() {
    ConsumerOptions options;
    options.bus.name = "asr-models" + (options_.instance.empty() ? "" : "-" + options_.instance);
    options.bus.subjects = {std::string(ModelPromoted::kSubject)};
    options.announce_failure = false;
    VANG_ASSIGN_OR_RETURN(model_consumer_, Consumer::Create(
                                               ports_.bus, options,
                                               [this](const Context& context, const Delivery&) {
                                                 const Status status = champion_.Refresh(context);
                                                 // A model that does not load will not load the
                                                 // next time either; health says so, and the one
                                                 // before goes on.
                                                 return status.retryable() ||
                                                                status.code() == Code::kCancelled
                                                            ? status
                                                            : Status();
                                               },
                                               *ports_.clock, ports_.metrics));
    return {};
  }

  http::Response Validate(const Context& context, http::Request& request) {
    const auto body = request.ReadJson(context);
    if (!body.ok()) return http::Problem(body.status(), request.request_id);
    JsonReader reader(*body);
    SpeechModel model;
    model.id = reader.String("id");
    model.family = reader.String("family");
    model.folder = reader.String("folder");
    if (const Status status = reader.FinishStrict(); !status.ok()) {
      return http::Problem(status, request.request_id);
    }
    const Status status = ports_.transcriber->Validate(context, model);
    if (status.code() == Code::kInvalidArgument) {
      return http::Problem(422, status, request.request_id);
    }
    if (!status.ok()) return http::Problem(status, request.request_id);
    http::Response response;
    response.status = 204;
    return response;
  }

  const std::string name_ = "asr";
  const AsrPorts ports_;
  const AsrOptions options_;
  asr::RecordingHandler recordings_;
  asr::Champion champion_;
  http::Router router_;
  std::unique_ptr<Consumer> recording_consumer_;
  std::unique_ptr<Consumer> model_consumer_;
  std::mutex mutex_;
  bool taking_recordings_ = false;
};

}  // namespace

std::unique_ptr<Module> MakeAsr(const AsrPorts& ports, const AsrOptions& options) {
  return std::make_unique<AsrModule>(ports, options);
}

}  // namespace vang
