#include "services/embeddings/module.h"

#include "libs/common/event_data.h"
#include "libs/runtime/consumer.h"
#include "services/embeddings/index_routes.h"
#include "services/embeddings/indexer.h"

namespace vang {
namespace {

using embeddings::AnnouncedVersion;
using embeddings::Indexer;

class EmbeddingsModule : public Module {
 public:
  EmbeddingsModule(const EmbeddingsPorts& ports, const EmbeddingsOptions& options)
      : ports_(ports),
        options_(options),
        indexer_(ports.objects, ports.index, ports.embedder, ports.metadata) {
    if (ports_.metrics != nullptr) {
      ports_.metrics->Describe("vang_embeddings_points_total", "Points stored in the search index");
    }
    embeddings::AddIndexRoutes(ports_.index, &router_);
  }

  const std::string& name() const override { return name_; }

  Status Start(const Context& context) override {
    ConsumerOptions options;
    options.bus.name = name_;
    options.bus.subjects = {std::string(NlpPostprocessed::kSubject),
                            std::string(TranscriptEdited::kSubject),
                            std::string(RecordingDeleted::kSubject)};
    options.workers = options_.workers;
    options.dependencies = [this](const Context& asking) { return Dependencies(asking); };
    VANG_ASSIGN_OR_RETURN(consumer_, Consumer::Create(
                                         ports_.bus, std::move(options),
                                         [this](const Context& handling, const Delivery& delivery) {
                                           return Handle(handling, delivery.event);
                                         },
                                         *ports_.clock, ports_.metrics));
    return consumer_->Start(context);
  }

  void Stop(Duration drain) override { consumer_->Stop(drain); }
  const http::Router* router() const override { return &router_; }

  std::vector<Health> Check(const Context& context) override {
    const Status objects = ports_.objects->Ping(context);
    std::vector<Health> health{consumer_->Check(context),
                               {name_ + " objects", objects.ok(), objects.message()}};
    if (Status status = ports_.index->Ping(context); !status.ok()) {
      health.push_back({name_ + " index", false, status.message()});
    }
    return health;
  }

 private:
  Status Dependencies(const Context& context) const {
    VANG_RETURN_IF_ERROR(ports_.objects->Ping(context));
    VANG_RETURN_IF_ERROR(ports_.index->Ping(context));
    return PingUpstream(context, *ports_.metadata);
  }

  Status Handle(const Context& context, const Event& event) {
    if (event.subject == RecordingDeleted::kSubject) {
      VANG_ASSIGN_OR_RETURN(const auto deleted, FromEvent<RecordingDeleted>(event));
      // The same audio may be uploaded again after its deletion: only what metadata no longer has
      // is removed.
      return Bring(context, event, deleted.recording_id, std::nullopt, false);
    }
    if (event.subject == TranscriptEdited::kSubject) {
      VANG_ASSIGN_OR_RETURN(const auto edited, FromEvent<TranscriptEdited>(event));
      return Bring(context, event, edited.recording_id, std::nullopt, true);
    }
    VANG_ASSIGN_OR_RETURN(const auto readable, FromEvent<NlpPostprocessed>(event));
    return Bring(context, event, readable.recording_id,
                 AnnouncedVersion{readable.version_id, readable.object_key}, true);
  }

  Status Bring(const Context& context, const Event& event, const std::string& recording_id,
               const std::optional<AnnouncedVersion>& announced, bool announce) {
    VANG_ASSIGN_OR_RETURN(const auto indexed,
                          indexer_.Index(context, event.tenant, recording_id, announced));
    if (!indexed || !announce) return {};
    if (ports_.metrics != nullptr) {
      ports_.metrics->Count("vang_embeddings_points_total", {},
                            static_cast<double>(indexed->points));
    }
    EmbeddingsIndexed data;
    data.recording_id = recording_id;
    data.version_id = indexed->version_id;
    data.embedder_id = ports_.embedder->model_id();
    data.segments = indexed->segments;
    data.points = indexed->points;
    return ports_.bus
        ->Publish(context, ToEvent(data, event.tenant, name_, ports_.clock->Now(), &event))
        .status();
  }

  const std::string name_ = "embeddings";
  const EmbeddingsPorts ports_;
  const EmbeddingsOptions options_;
  Indexer indexer_;
  http::Router router_;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace

std::unique_ptr<Module> MakeEmbeddings(const EmbeddingsPorts& ports,
                                       const EmbeddingsOptions& options) {
  return std::make_unique<EmbeddingsModule>(ports, options);
}

}  // namespace vang
