#include "apps/services/parts.h"
#include "libs/adapters/event_bus/nats/nats_event_bus.h"

namespace vang::services {

Result<EventBus*> Parts::Bus() {
  NatsEventBusConfig config;
  config.urls = settings_->List("nats.url");
  config.user = settings_->Text("nats.user");
  config.password = settings_->Text("nats.password");
  config.token = settings_->Text("nats.token");
  config.credentials_file = settings_->Text("nats.credentials_file");
  config.tls_ca_file = settings_->Text("nats.ca_file");
  config.tls = !config.tls_ca_file.empty();
  config.monitor_url = settings_->Text("nats.monitor_url");
  VANG_ASSIGN_OR_RETURN(config.replicas, settings_->Number("nats.replicas", 1, 5));
  VANG_ASSIGN_OR_RETURN(auto bus, OpenNatsEventBus(std::move(config)));
  return Keep(std::move(bus));
}

}  // namespace vang::services
