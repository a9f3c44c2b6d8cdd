// Where the servers are that the services stand on, for a program that opens them in its own way.
#pragma once

#include "apps/services/settings.h"
#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/adapters/object_store/s3/s3_object_store.h"
#include "libs/adapters/postgres/config.h"

namespace vang::services {

Result<NatsEventBusConfig> BusConfig(const Settings& settings);
Result<S3ObjectStoreConfig> ObjectsConfig(const Settings& settings);
// Of metadata, keys and registry.
Result<postgres::Config> TablesConfig(const Settings& settings);

}  // namespace vang::services
