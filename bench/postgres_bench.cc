// The metadata store on PostgreSQL against pgbench: both commit a new recording with one event by
// the same statement, 16 at a time, on the same server, in turns. What is left between them is what
// our side costs: encoding and checking the event, folding the title, the pool and the client's
// threads.
//   postgres_bench [COMMITS_PER_TURN [PGBENCH_THREADS]]
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "bench/quantile.h"
#include "libs/adapters/metadata_store/postgres/new_recording.h"
#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"
#include "libs/adapters/postgres/text.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "tests/support/postgres_server.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kInFlight = 16;
constexpr int kTurns = 5;

Event SomeEvent() {
  EmbeddingsIndexed data;
  data.recording_id = RandomUuid();
  data.version_id = RandomUuid();
  data.embedder_id = "bench";
  return ToEvent(data, "local", "bench", Clock::System().Now());
}

Recording SomeRecording() {
  Recording row;
  row.id = RandomUuid();
  row.tenant = "local";
  row.sha256 = std::string(64, 'a');
  row.object_key = "local/audio/" + row.sha256;
  row.title = "Họp giao ban tuần 47";
  row.file_name = "hop.mp3";
  row.media_type = "audio/mpeg";
  row.created_at = row.updated_at = Clock::System().Now();
  return row;
}

// Makes what is to be committed first: only the commits are timed.
double OursPerSecond(MetadataStore& store, int commits) {
  std::vector<Change> changes;
  for (int i = 0; i < commits; ++i) {
    changes.push_back({std::nullopt, {PutRecording{SomeRecording()}}, {SomeEvent()}});
  }
  std::atomic<std::size_t> next = 0;
  const auto begin = SteadyClock::now();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kInFlight; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < changes.size(); i = next++) {
          const auto done = store.Commit(Context(), changes[i]);
          if (!done.ok()) {
            fmt::print(stderr, "{}\n", done.status().ToString());
            std::abort();
          }
        }
      });
    }
  }
  return commits / std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// The statement with pgbench's variables for parameters; what differs between rows is drawn anew.
std::string Script() {
  const Recording row = SomeRecording();
  const auto quoted = [](const std::string& text) { return "'" + text + "'"; };
  const std::vector<std::string> values = {":id",
                                           quoted(row.tenant),
                                           quoted(row.sha256),
                                           quoted(row.object_key),
                                           "5000000",
                                           quoted(row.title),
                                           quoted("hop giao ban tuan 47"),
                                           quoted(row.file_name),
                                           quoted(row.media_type),
                                           std::to_string(row.created_at),
                                           std::to_string(row.updated_at),
                                           "NULL",
                                           "NULL",
                                           quoted(row.status),
                                           "''",
                                           "''",
                                           "''",
                                           "''",
                                           "''",
                                           ":id",
                                           "'{}'",
                                           "'{}'",
                                           "'{}'",
                                           quoted(postgres::TextArray({EncodeEvent(SomeEvent())}))};
  std::string sql = postgres::NumberParameters(NewRecordingSql());
  for (std::size_t n = values.size(); n > 0; --n) {
    const std::string name = "$" + std::to_string(n);
    for (std::size_t at = sql.find(name); at != std::string::npos;
         at = sql.find(name, at + values[n - 1].size())) {
      sql.replace(at, name.size(), values[n - 1]);
    }
  }
  return "\\set id random(1, 9000000000000000000)\n" + sql + ";\n";
}

Result<double> PgbenchPerSecond(const PostgresServer& server, const std::string& schema,
                                const std::filesystem::path& script, int commits, int threads) {
  VANG_ASSIGN_OR_RETURN(
      const std::string said,
      server.Run("pgbench",
                 {"-n", "-M", "prepared", "-c", std::to_string(kInFlight), "-j",
                  std::to_string(threads), "-t", std::to_string(commits / kInFlight), "-f",
                  script.string(), "dbname=postgres options='-c search_path=" + schema + "'"}));
  const std::size_t at = said.find("tps = ");
  if (at == std::string::npos) return Internal("pgbench said: " + said);
  return std::stod(said.substr(at + 6));
}

Status Run(int commits, int threads) {
  VANG_ASSIGN_OR_RETURN(const auto server,
                        PostgresServer::Start({true, {"shared_buffers='128MB'"}}));
  TempFolder folder;
  auto config = server->ConfigFor(folder.path());
  config.connections = kInFlight;
  VANG_ASSIGN_OR_RETURN(const auto store, OpenPostgresMetadataStore(config));
  const auto script = folder.path() / "script.sql";
  std::ofstream(script) << Script();
  (void)OursPerSecond(*store, commits / 4);
  std::vector<double> ours, bare, ratios;
  for (int turn = 0; turn < kTurns; ++turn) {
    // Ours first, then pgbench first: a drift of the disk favours neither.
    if (turn % 2 == 0) ours.push_back(OursPerSecond(*store, commits));
    VANG_ASSIGN_OR_RETURN(const double tps,
                          PgbenchPerSecond(*server, config.schema, script, commits, threads));
    bare.push_back(tps);
    if (turn % 2 != 0) ours.push_back(OursPerSecond(*store, commits));
    ratios.push_back(ours.back() / bare.back());
    fmt::print("  turn {}: ours {:.0f}/s, pgbench {:.0f}/s\n", turn + 1, ours.back(), bare.back());
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print(
      "recording + event, {} in flight: {:.0f} commits/s over pgbench {:.0f} = {:.2f} "
      "({:.2f} to {:.2f})\n",
      kInFlight, Median(ours), Median(bare), Median(ratios), *least, *most);
  return {};
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  const vang::Status status =
      vang::Run(argc > 1 ? std::atoi(argv[1]) : 8'000, argc > 2 ? std::atoi(argv[2]) : 2);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
