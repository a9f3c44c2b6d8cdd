// The store while its server dies, hangs and comes back, and next to other instances of itself.
#include <atomic>
#include <map>
#include <thread>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/runtime/outbox_relay.h"
#include "tests/contract/metadata_samples.h"
#include "tests/support/postgres_server.h"

namespace vang {
namespace {

class PostgresOutage : public testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Start({});
    VANG_ASSERT_OK(server);
    server_ = std::move(*server);
    store_ = Open();
  }

  std::unique_ptr<MetadataStore> Open() {
    auto store = OpenPostgresMetadataStore(server_->ConfigFor(folder_.path()));
    EXPECT_THAT(store, IsOk());
    return std::move(store).value();
  }

  static Recording Row(const std::string& id) {
    Recording row;
    row.id = id;
    row.tenant = "a";
    row.title = "Họp " + id;
    return row;
  }

  // Adds recordings with an event each, and counts on "sum" by read-modify-write, on four threads
  // until `stop`; gives up on nothing that is retryable. The ids that were acknowledged.
  std::vector<std::string> Work(const std::atomic<bool>& stop, std::atomic<int>& acknowledged) {
    std::vector<std::vector<std::string>> done(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < done.size(); ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; !stop; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          const auto add = [&] {
            return store_->Commit(Context(), {"add-" + id, {PutRecording{Row(id)}}, {AnEvent(id)}});
          };
          const auto count = [&] {
            return store_->Update(Context(), "sum", "count-" + id,
                                  [](const RecordingRows& rows) -> Result<Change> {
                                    Recording row = rows.recording.value_or(Row("sum"));
                                    row.bytes += 1;
                                    return Change{std::nullopt, {PutRecording{row}}, {}};
                                  });
          };
          if (!Insist(add).ok() || !Insist(count).ok()) {
            acknowledged += 1'000'000;  // nobody waits for what will not come
            return;
          }
          done[t].push_back(id);
          ++acknowledged;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<std::string> all;
    for (const auto& some : done) all.insert(all.end(), some.begin(), some.end());
    return all;
  }

  template <typename Call>
  static Status Insist(const Call& call) {
    while (true) {
      const Status status = call().status();
      if (status.ok() || !status.retryable()) {
        EXPECT_THAT(status, IsOk());
        return status;
      }
    }
  }

  void AwaitMore(const std::atomic<int>& acknowledged, int more) {
    for (const int until = acknowledged + more; acknowledged < until;) {
      std::this_thread::sleep_for(Duration(5));
    }
  }

  // Every acknowledged recording is there, with its event, and was counted once.
  void ExpectAll(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      EXPECT_THAT(store_->GetRecording(Context(), "a", id), IsOk()) << id;
    }
    EXPECT_EQ(store_->GetRecording(Context(), "a", "sum")->bytes,
              static_cast<std::int64_t>(ids.size()));
    EXPECT_EQ(store_->ReadOutbox(Context(), 1'000'000)->size(), ids.size());
  }

  TempFolder folder_;
  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<MetadataStore> store_;
};

TEST_F(PostgresOutage, AServerThatIsKilledUnderLoadLosesAndDoublesNothingAcknowledged) {
  std::atomic<bool> stop = false;
  std::atomic<int> acknowledged = 0;
  std::vector<std::string> ids;
  std::thread worker([&] { ids = Work(stop, acknowledged); });
  for (int round = 0; round < 3; ++round) {
    AwaitMore(acknowledged, 40);
    server_->Kill();
    VANG_EXPECT_OK(server_->Restart());
  }
  AwaitMore(acknowledged, 40);
  server_->Stop();
  VANG_EXPECT_OK(server_->Restart());
  AwaitMore(acknowledged, 40);
  stop = true;
  worker.join();
  ExpectAll(ids);
}

TEST_F(PostgresOutage, IdleConnectionsThatDiedAreReplacedUnseen) {
  VANG_ASSERT_OK(store_->Ping(Context()));
  server_->Stop();
  VANG_ASSERT_OK(server_->Restart());
  VANG_EXPECT_OK(store_->Commit(Context(), {std::nullopt, {PutRecording{Row("r")}}, {}}));
}

TEST_F(PostgresOutage, AServerThatHangsCostsADeadlineAndNoMore) {
  const Context brief = Context().WithTimeout(Duration(200));
  server_->Freeze();
  EXPECT_THAT(store_->Ping(brief), HasCode(Code::kDeadlineExceeded));
  // The next one needs a new connection, which the hanging server does not make.
  const Status second = store_->Ping(Context().WithTimeout(Duration(200)));
  EXPECT_TRUE(second.retryable()) << second.ToString();
  server_->Thaw();
  VANG_EXPECT_OK(store_->Ping(Context().WithTimeout(Duration(30'000))));
}

TEST_F(PostgresOutage, AStoreOpensBeforeItsServerAndServesOnceItIsThere) {
  server_->Stop();
  TempFolder elsewhere;
  auto config = server_->ConfigFor(elsewhere.path());
  config.connect_timeout = config.acquire_timeout = Duration(3'000);
  auto early = OpenPostgresMetadataStore(config);
  VANG_ASSERT_OK(early);
  EXPECT_THAT((*early)->Ping(Context()), Fails(Code::kUnavailable, "cannot connect"));
  VANG_ASSERT_OK(server_->Restart());
  VANG_EXPECT_OK(Insist([&]() -> Result<bool> {
    VANG_RETURN_IF_ERROR((*early)->Ping(Context()));
    return true;
  }));
}

TEST_F(PostgresOutage, TextThatTheServerCannotHoldIsRefusedAndNothingIsKept) {
  Recording nul = Row("r");
  nul.title = std::string("a\0b", 3);
  EXPECT_THAT(store_->Commit(Context(), {"e1", {PutRecording{nul}}, {AnEvent("x")}}),
              HasCode(Code::kInvalidArgument));
  Recording broken = Row("r");
  broken.tags = {"\xC3"};
  EXPECT_THAT(store_->Commit(Context(), {"e1", {PutRecording{broken}}, {AnEvent("x")}}),
              HasCode(Code::kInvalidArgument));
  EXPECT_THAT(store_->Commit(Context(), {"e1", {PutStage{{"r", "", "\xED\xA0\x80", 1}}}, {}}),
              HasCode(Code::kInvalidArgument));
  EXPECT_TRUE(store_->ReadOutbox(Context(), 10)->empty());
  EXPECT_TRUE(store_->Commit(Context(), {"e1", {}, {}}).value()) << "not in the inbox";
}

TEST_F(PostgresOutage, TwoInstancesThatRelayAtOncePublishEachEventOnceInOrder) {
  auto bus = OpenSqliteEventBus({(folder_.path() / "events.db").string()});
  VANG_ASSERT_OK(bus);
  auto other = Open();
  OutboxRelay one(store_.get(), bus->get()), two(other.get(), bus->get());
  one.Start();
  two.Start();
  std::vector<std::string> wanted;
  for (int i = 0; i < 200; ++i) {
    const Event event = AnEvent(std::to_string(i));
    wanted.push_back(event.id);
    MetadataStore& writer = i % 2 == 0 ? *store_ : *other;
    VANG_ASSERT_OK(writer.Commit(Context(), {std::nullopt, {}, {event}}));
    (i % 2 == 0 ? one : two).Notify();
  }
  one.Stop(Duration(60'000));
  two.Stop(Duration(60'000));
  EXPECT_TRUE(store_->ReadOutbox(Context(), 1)->empty());
  const auto published = (*bus)->Read(Context(), 0, 1'000);
  VANG_ASSERT_OK(published);
  std::vector<std::string> ids;
  for (const auto& [sequence, event] : *published) ids.push_back(event.id);
  EXPECT_EQ(ids, wanted);
}

TEST_F(PostgresOutage, EqualContentHasEqualHashesInBothDatabases) {
  auto sqlite = OpenSqliteMetadataStore({(folder_.path() / "metadata.db").string()});
  VANG_ASSERT_OK(sqlite);
  EXPECT_EQ(store_->ContentHash(Context()).value(), (*sqlite)->ContentHash(Context()).value());
  Recording row = Row("r1");
  row.tags = {"họp"};
  row.speakers = {{"S1", "Lan"}};
  row.duration = 3.0;
  row.speech_seconds = 0.1;
  const Change change = {std::nullopt,
                         {PutRecording{row}, PutRecording{Row("R2")}, PutRecording{Row("ế")},
                          PutVersion{{"r1", "v1", 0, "m", "raw", "", 3, 40, -1, 11}},
                          PutStage{{"r1", "", "ingested", 10}},
                          PutEdit{{"e1", "r1", "v1", 2, "cũ", "mới", std::nullopt, "local", 13}},
                          EraseRecording{{"gone", "a", "key", 7}}},
                         {}};
  VANG_ASSERT_OK(store_->Commit(Context(), change));
  VANG_ASSERT_OK((*sqlite)->Commit(Context(), change));
  EXPECT_EQ(store_->ContentHash(Context()).value(), (*sqlite)->ContentHash(Context()).value());
}

}  // namespace
}  // namespace vang
