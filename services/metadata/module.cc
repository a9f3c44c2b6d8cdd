#include "services/metadata/module.h"

#include "libs/runtime/consumer.h"
#include "libs/runtime/outbox_relay.h"
#include "services/metadata/event_handler.h"
#include "services/metadata/routes.h"

namespace vang {
namespace metadata {
namespace {

class MetadataModule : public Module {
 public:
  explicit MetadataModule(const MetadataPorts& ports)
      : relay_(ports.store, ports.bus), service_{ports, &relay_} {
    AddInternalRoutes(service_, &router_);
    AddRecordingRoutes(service_, &router_);
    AddAudioRoute(service_, &router_);
    AddTranscriptRoutes(service_, &router_);
    AddProgressRoute(service_, &router_);
    AddDeadLetterRoutes(service_, &router_);
    AddKeyRoutes(service_, &router_);
  }

  const std::string& name() const override { return name_; }
  const http::Router* router() const override { return &router_; }

  Status Start(const Context& context) override {
    ConsumerOptions options;
    options.bus.name = kServiceName;
    options.bus.subjects = EventSubjects();
    // One worker: the events of a recording are applied in the order of the log.
    options.workers = 1;
    // It hears recording.failed itself.
    options.announce_failure = false;
    options.dependencies = [this](const Context& asking) {
      const Status store = service_.ports.store->Ping(asking);
      return store.ok() ? service_.ports.objects->Ping(asking) : store;
    };
    VANG_ASSIGN_OR_RETURN(consumer_,
                          Consumer::Create(
                              service_.ports.bus, options,
                              [this](const Context& handler_context, const Delivery& delivery) {
                                return HandleEvent(handler_context, service_, delivery);
                              },
                              *service_.ports.clock, service_.ports.metrics));
    VANG_RETURN_IF_ERROR(consumer_->Start(context));
    relay_.Start();
    return {};
  }

  void Stop(Duration drain) override {
    consumer_->Stop(drain);
    relay_.Stop(drain);
  }

  std::vector<Health> Check(const Context& context) override {
    const auto health = [](const char* name, const Status& status, const std::string& facts = {}) {
      return Health{name, status.ok(), status.ok() ? facts : status.message()};
    };
    const MetadataPorts& ports = service_.ports;
    // Before their facts are asked for.
    const Status bus = ports.bus->Ping(context);
    const Status objects = ports.objects->Ping(context);
    return {health("metadata store", ports.store->Ping(context)),
            health("key store", ports.keys->Ping(context)),
            health("event bus", bus, ports.bus->Facts()),
            health("object store", objects, ports.objects->Facts()),
            consumer_->Check(context),
            relay_.Check()};
  }

 private:
  const std::string name_ = kServiceName;
  OutboxRelay relay_;
  const Service service_;
  http::Router router_;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace
}  // namespace metadata

std::unique_ptr<Module> MakeMetadata(const MetadataPorts& ports) {
  return std::make_unique<metadata::MetadataModule>(ports);
}

}  // namespace vang
