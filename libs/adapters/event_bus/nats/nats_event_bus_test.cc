#include "libs/adapters/event_bus/nats/nats_event_bus.h"

#include "tests/contract/event_bus_contract.h"
#include "tests/support/nats_server.h"

namespace vang {
namespace {

// The bus of the server that runs in `folder`, which is started when none does.
template <NatsVersion version>
Result<std::unique_ptr<EventBus>> OpenBus(const std::filesystem::path& folder, const Clock*) {
  static std::filesystem::path running;
  static std::optional<NatsServer> server;
  if (running != folder) {
    server.reset();
    VANG_ASSIGN_OR_RETURN(server, NatsServer::Start({folder, version}));
    running = folder;
  }
  VANG_ASSIGN_OR_RETURN(auto bus, OpenNatsEventBus({.urls = {server->url()}}));
  return std::unique_ptr<EventBus>(std::move(bus));
}

INSTANTIATE_TEST_SUITE_P(Nats, EventBusContract,
                         testing::Values(EventBusUnderTest{"nats-2.12", &OpenBus<NatsVersion::kNew>,
                                                           true}));
INSTANTIATE_TEST_SUITE_P(OldNats, EventBusContract,
                         testing::Values(EventBusUnderTest{"nats-2.9", &OpenBus<NatsVersion::kOld>,
                                                           true}));

}  // namespace
}  // namespace vang
