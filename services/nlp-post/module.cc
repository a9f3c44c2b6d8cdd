#include "services/nlp-post/module.h"

#include "libs/runtime/consumer.h"
#include "libs/runtime/log.h"
#include "services/nlp-post/handler.h"

namespace vang {
namespace {

class NlpPost : public Module {
 public:
  NlpPost(const NlpPostPorts& ports, const NlpPostOptions& options)
      : ports_(ports), options_(options) {
    ports_.metrics->Describe("vang_text_edits_total", "Edits made by the text stage, by kind.");
    ports_.metrics->Describe("vang_text_seconds", "Time to make one transcript readable.");
  }

  const std::string& name() const override { return name_; }

  // kNotFound or kDataLoss when the text model cannot be used.
  Status Start(const Context& context) override {
    VANG_ASSIGN_OR_RETURN(model_, TextModel::Load(options_.model_folder));
    ConsumerOptions options;
    options.bus.name = name_;
    options.bus.subjects = {"transcription.completed"};
    options.workers = options_.workers;
    options.dependencies = [this](const Context& asking) { return ports_.objects->Ping(asking); };
    VANG_ASSIGN_OR_RETURN(consumer_,
                          Consumer::Create(
                              ports_.bus, options,
                              [this](const Context& handler_context, const Delivery& delivery) {
                                return nlp_post::MakeTranscriptReadable(handler_context, ports_,
                                                                        *model_, delivery.event);
                              },
                              *ports_.clock, ports_.metrics));
    VANG_RETURN_IF_ERROR(consumer_->Start(context));
    Log(LogLevel::kInfo, name_, "text model loaded",
        {{"names", std::to_string(model_->entries())}});
    return {};
  }

  void Stop(Duration drain) override { consumer_->Stop(drain); }

  std::vector<Health> Check(const Context& context) override {
    const Status objects = ports_.objects->Ping(context);
    return {consumer_->Check(context), {name_ + " objects", objects.ok(), objects.message()}};
  }

 private:
  const std::string name_ = "nlp-post";
  const NlpPostPorts ports_;
  const NlpPostOptions options_;
  std::shared_ptr<const TextModel> model_;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace

std::unique_ptr<Module> MakeNlpPost(const NlpPostPorts& ports, const NlpPostOptions& options) {
  return std::make_unique<NlpPost>(ports, options);
}

}  // namespace vang
