#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"

#include "tests/contract/event_bus_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<EventBus>> MakeSqliteEventBus(const std::filesystem::path& folder,
                                                     const Clock* clock) {
  return OpenSqliteEventBus({(folder / "events.db").string(), clock});
}

INSTANTIATE_TEST_SUITE_P(Sqlite, EventBusContract, testing::Values(&MakeSqliteEventBus));

}  // namespace
}  // namespace vang
