// The eight services on NATS, PostgreSQL and S3, all on this machine:
//   overhead  wall time of a recording from the first byte sent to "completed", less the time that
//             recognition took; 200 short recordings, one after the other
//   memory    resident memory of each idle process with its children
//   scaling   recordings a second with 1, 2, 3, 4 instances of asr whose recogniser only takes time
//             (timed_recognizer.cc): what handing out the work costs
//
//   distributed_bench overhead|memory|scaling
#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include "bench/quantile.h"
#include "bench/watched_server.h"
#include "tests/support/vang_cluster.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

double SecondsSince(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

void Require(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

// A tenant's client.
ApiClient Client(VangCluster& cluster, const std::string& tenant) {
  return ApiClient(cluster.url(), Must(cluster.MakeKey(tenant, {"read", "write"})));
}

void Overhead(VangCluster& cluster) {
  ApiClient client = Client(cluster, "overhead");
  ApiClient asr(cluster.url("asr"));
  for (std::uint64_t i = 0; i < 5; ++i) Record(client, i, std::chrono::milliseconds(1));
  constexpr int kRecordings = 200;
  const std::vector<double> overheads = Overheads(client, asr, kRecordings);
  fmt::print(
      "pipeline overhead per recording, eight services, {} of 2 s: p50 {:.1f} ms, p95 {:.1f} ms\n",
      kRecordings, Quantile(overheads, 0.5), Quantile(overheads, 0.95));
}

void Memory(VangCluster& cluster) {
  // Once through, so that all have done what they do.
  ApiClient client = Client(cluster, "memory");
  Record(client, 1, std::chrono::milliseconds(100));
  double sum = 0;
  for (const std::string& service : cluster.instances()) {
    const double alone = MemoryMiB(cluster.pid(service), kResident);
    const double tree = TreeMemoryMiB(cluster.pid(service), kResident);
    sum += tree;
    fmt::print("idle: {} {:.0f} MiB{}\n", service, alone,
               tree > alone ? fmt::format(", with its children {:.0f}", tree) : "");
  }
  fmt::print("idle: all eight with their children {:.0f} MiB\n", sum);
}

// The programs with the recogniser that only takes time among them.
std::filesystem::path TimedPrograms() {
  const std::filesystem::path folder(VANG_TIMED_PROGRAMS);
  const auto built = std::filesystem::path(VANG_BINARY_DIR) / "bin";
  for (const auto& entry : std::filesystem::directory_iterator(built)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("vang-") || name == "vang-recognizer") continue;
    std::filesystem::copy_file(entry.path(), folder / name,
                               std::filesystem::copy_options::overwrite_existing);
  }
  return folder;
}

double RecordingsPerSecond(VangCluster& cluster, int instances) {
  const std::string tenant = fmt::format("scaling-{}", instances);
  const std::string key = Must(cluster.MakeKey(tenant, {"read", "write"}));
  constexpr int kClients = 16;
  const int each = 3 * instances;
  const auto begin = SteadyClock::now();
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < kClients; ++c) {
      clients.emplace_back([&, c] {
        ApiClient client(cluster.url(), key);
        for (int i = 0; i < each; ++i) {
          const auto seed = static_cast<std::uint64_t>(10'000 * instances + 100 * c + i);
          Record(client, seed, std::chrono::milliseconds(20));
        }
      });
    }
  }
  return kClients * each / SecondsSince(begin);
}

void Scaling(VangCluster& cluster) {
  VangCluster::Wiring wiring;
  wiring.programs = TimedPrograms();
  wiring.recognizers = 1;
  double one = 0;
  for (wiring.recognising = 1; wiring.recognising <= 4; ++wiring.recognising) {
    Require(cluster.Rewire(wiring));
    const double rate = RecordingsPerSecond(cluster, wiring.recognising);
    if (wiring.recognising == 1) one = rate;
    fmt::print(
        "{} x asr, each with one recogniser of 0.5 s a piece: {:.2f} recordings/s = {:.2f} of "
        "one\n",
        wiring.recognising, rate, rate / one);
  }
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  std::setbuf(stdout, nullptr);
  const std::string what = argc > 1 ? argv[1] : "";
  const auto run = what == "overhead"  ? vang::Overhead
                   : what == "memory"  ? vang::Memory
                   : what == "scaling" ? vang::Scaling
                                       : nullptr;
  if (run == nullptr) {
    fmt::print(stderr, "distributed_bench overhead|memory|scaling\n");
    return 2;
  }
  const auto cluster = vang::Must(vang::VangCluster::Start());
  run(*cluster);
  return 0;
}
