#include "apps/services/parts.h"
#include "apps/services/server_configs.h"

namespace vang::services {

Result<NatsEventBusConfig> BusConfig(const Settings& settings) {
  NatsEventBusConfig config;
  config.urls = settings.List("nats.url");
  config.user = settings.Text("nats.user");
  config.password = settings.Text("nats.password");
  config.token = settings.Text("nats.token");
  config.credentials_file = settings.Text("nats.credentials_file");
  config.tls_ca_file = settings.Text("nats.ca_file");
  config.tls = !config.tls_ca_file.empty();
  config.monitor_url = settings.Text("nats.monitor_url");
  VANG_ASSIGN_OR_RETURN(config.replicas, settings.Number("nats.replicas", 1, 5));
  return config;
}

Result<EventBus*> Parts::Bus() {
  VANG_ASSIGN_OR_RETURN(NatsEventBusConfig config, BusConfig(*settings_));
  VANG_ASSIGN_OR_RETURN(auto bus, OpenNatsEventBus(std::move(config)));
  return Keep(std::move(bus));
}

}  // namespace vang::services
