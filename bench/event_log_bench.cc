// The durable log against the disk: one event published and acknowledged, over one append and
// fdatasync of the same bytes, taken in turns because a shared disk's speed wanders. Then 32
// producers at once, where group commit has to pay.
//   event_log_bench [FOLDER]     default: a folder below the current one
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "bench/quantile.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Milliseconds(SteadyClock::time_point since) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - since).count();
}

Event SomeEvent() {
  EmbeddingsIndexed data;
  data.recording_id = RandomUuid();
  data.version_id = RandomUuid();
  data.embedder_id = "bench";
  return ToEvent(data, "local", "bench", Clock::System().Now());
}

int Run(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const Context context;
  SqliteEventBusConfig config;
  config.path = folder / "events.db";
  auto bus = OpenSqliteEventBus(config);
  if (!bus.ok()) {
    fmt::print(stderr, "{}\n", bus.status().ToString());
    return 1;
  }
  const int fd = ::open((folder / "bare").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::vector<double> bare, ours;
  for (int i = 0; i < 600; ++i) {
    const Event event = SomeEvent();
    const std::string bytes = EncodeEvent(event);
    auto begin = SteadyClock::now();
    if (::write(fd, bytes.data(), bytes.size()) < 0 || ::fdatasync(fd) != 0) return 1;
    bare.push_back(Milliseconds(begin));
    begin = SteadyClock::now();
    if (!(*bus)->Publish(context, event).ok()) return 1;
    ours.push_back(Milliseconds(begin));
  }
  ::close(fd);
  fmt::print(
      "durable append, one producer: p50 {:.3f} ms over bare append+fdatasync {:.3f} ms = "
      "{:.2f}; p95 {:.3f} over {:.3f} = {:.2f}\n",
      Quantile(ours, 0.5), Quantile(bare, 0.5), Quantile(ours, 0.5) / Quantile(bare, 0.5),
      Quantile(ours, 0.95), Quantile(bare, 0.95), Quantile(ours, 0.95) / Quantile(bare, 0.95));

  constexpr int kProducers = 32, kEach = 300;
  const auto begin = SteadyClock::now();
  {
    std::vector<std::jthread> producers;
    for (int p = 0; p < kProducers; ++p) {
      producers.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          if (!(*bus)->Publish(context, SomeEvent()).ok()) std::abort();
        }
      });
    }
  }
  const double rate = kProducers * kEach / (Milliseconds(begin) / 1'000);
  fmt::print("32 producers: {:.0f} durable events/s = {:.1f} events per bare fdatasync\n", rate,
             rate * Quantile(bare, 0.5) / 1'000);
  return 0;
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "bench-data/events";
  const int result = vang::Run(folder);
  std::filesystem::remove_all(folder);
  return result;
}
