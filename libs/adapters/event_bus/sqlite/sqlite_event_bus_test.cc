#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"

#include "libs/adapters/event_bus/sqlite/schema.h"
#include "libs/adapters/sqlite/database.h"
#include "tests/contract/event_bus_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<EventBus>> MakeSqliteEventBus(const std::filesystem::path& folder,
                                                     const Clock* clock) {
  VANG_ASSIGN_OR_RETURN(auto bus, OpenSqliteEventBus({(folder / "events.db").string(), clock}));
  return std::unique_ptr<EventBus>(std::move(bus));
}

INSTANTIATE_TEST_SUITE_P(Sqlite, EventBusContract,
                         testing::Values(EventBusUnderTest{"sqlite", &MakeSqliteEventBus}));

// One event and its consumer, in a process that is killed whenever it has the event in hand.
class KilledProcess : public testing::Test {
 protected:
  void SetUp() override {
    Start();
    VANG_ASSERT_OK(bus_->EnsureConsumer(context_, {"asr", {"recording.ingested"}}));
    const std::string sha(64, 'a');
    VANG_ASSERT_OK(bus_->Publish(
        context_, ToEvent(RecordingIngested{RandomUuid(), RandomUuid(), sha, "a/audio/" + sha, 1,
                                            "Tựa", "", "audio/wav"},
                          "a", "ingestion", clock_.Now())));
  }
  void Start() {
    bus_.reset();
    bus_ = OpenSqliteEventBus({(folder_.path() / "events.db").string(), &clock_}).value();
  }
  // The attempt that is handed out now; 0 = none.
  int Attempt() {
    const auto got = bus_->Fetch(context_, "asr", 1, Duration(0)).value();
    return got.empty() ? 0 : got.front().attempt;
  }

  const Context context_{};
  TempFolder folder_;
  ManualClock clock_;
  std::unique_ptr<EventBus> bus_;
};

TEST_F(KilledProcess, DeliveryRule4_AnEventInHandWaitsAfterTheStartAsAfterAFailure) {
  ASSERT_EQ(Attempt(), 1);
  int attempt = 1;
  for (const int seconds : {1, 2, 4, 8}) {
    Start();
    clock_.Advance(Duration(seconds * 1'000 - 1));
    EXPECT_EQ(Attempt(), 0) << "before " << seconds << " s";
    clock_.Advance(Duration(1));
    ASSERT_EQ(Attempt(), ++attempt);
  }
}

TEST_F(KilledProcess, DeliveryRule4_KillsInQuickSuccessionAreNotHeldAgainstAnEvent) {
  ASSERT_EQ(Attempt(), 1);
  for (int kill = 0; kill < 200; ++kill) {
    Start();
    EXPECT_EQ(bus_->Consumers(context_)->front().pending, 1u);
    clock_.Advance(Duration(999));
    ASSERT_EQ(Attempt(), 0) << "kill " << kill;
  }
  clock_.Advance(Duration(1));
  EXPECT_EQ(Attempt(), 2);
}

class DamagedLog : public testing::Test {
 protected:
  void Open() { bus_ = OpenSqliteEventBus({path_, &clock_}).value(); }

  Event Ingested() {
    const std::string sha(64, 'a');
    return ToEvent(RecordingIngested{RandomUuid(), RandomUuid(), sha, "a/audio/" + sha, 1, "Tựa",
                                     "", "audio/wav"},
                   "a", "ingestion", clock_.Now());
  }

  // A row as no bus of ours would write it; the bus is closed meanwhile.
  void Store(const std::string& id, const std::string& body) {
    bus_.reset();
    auto db = sqlite::Database::Open({path_, EventBusMigrations()});
    VANG_ASSERT_OK(db);
    VANG_ASSERT_OK((*db)->Write(context_, sqlite::Durability::kDurable, [&](auto& c) {
      return c.Prepare("INSERT INTO events(id, subject, stored_at, body) VALUES(?,?,?,?)")
          .Bind(id)
          .Bind("recording.ingested")
          .Bind(clock_.Now())
          .Bind(body)
          .Run();
    }));
    db->reset();
    Open();
  }

  const Context context_{};
  TempFolder folder_;
  const std::string path_ = (folder_.path() / "events.db").string();
  ManualClock clock_;
  std::unique_ptr<EventBus> bus_;
};

TEST_F(DamagedLog, AnEventThatNoLongerDecodesComesWithItsFaultAndHoldsNothingBack) {
  Open();
  VANG_ASSERT_OK(bus_->EnsureConsumer(context_, {"asr", {"recording.ingested"}}));
  const Event first = Ingested();
  VANG_ASSERT_OK(bus_->Publish(context_, first));
  Event old = Ingested();
  old.data["bytes"] = "many";
  Store(old.id, EncodeEvent(old));
  const std::string rubbish = RandomUuid();
  Store(rubbish, "{\"specversion\":");
  const Event last = Ingested();
  VANG_ASSERT_OK(bus_->Publish(context_, last));

  for (const bool again : {false, true}) {
    const auto got = bus_->Fetch(context_, "asr", 10, Duration(0));
    VANG_ASSERT_OK(got);
    ASSERT_EQ(got->size(), 4u);
    VANG_EXPECT_OK(got->at(0).fault);
    EXPECT_THAT(got->at(1).fault, Fails(Code::kInvalidArgument, "/data/bytes"));
    EXPECT_EQ(EncodeEvent(got->at(1).event), EncodeEvent(old));
    EXPECT_THAT(got->at(2).fault, HasCode(Code::kInvalidArgument));
    EXPECT_EQ(got->at(2).event.id, rubbish);
    EXPECT_EQ(got->at(2).event.subject, "recording.ingested");
    VANG_EXPECT_OK(got->at(3).fault);
    EXPECT_EQ(got->at(3).event.id, last.id);
    for (const Delivery& delivery : *got) {
      const Status settled = again ? bus_->Ack(context_, "asr", delivery)
                                   : bus_->Retry(context_, "asr", delivery, Duration(0));
      VANG_EXPECT_OK(settled);
    }
  }
  EXPECT_TRUE(bus_->Fetch(context_, "asr", 10, Duration(0))->empty());
}

TEST_F(DamagedLog, ReadingLeavesOutWhatNoLongerDecodes) {
  Open();
  Store(RandomUuid(), "[]");
  Store(RandomUuid(), "");
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(context_, event));
  const auto read = bus_->Read(context_, 0, 1);
  VANG_ASSERT_OK(read);
  ASSERT_EQ(read->size(), 1u) << "a page of nothing but damage is not the end";
  EXPECT_EQ(read->front().second.id, event.id);
}

TEST(SqliteEventBus, SaysWhereConsumersStandAndWhatHoldsThemBack) {
  const TempFolder folder;
  const Context context;
  const auto bus = OpenSqliteEventBus({(folder.path() / "events.db").string()}).value();
  VANG_ASSERT_OK(bus->EnsureConsumer(context, {"asr", {"recording.ingested"}, 8, Duration(9'000)}));
  VANG_ASSERT_OK(
      bus->EnsureConsumer(context, {"both", {"recording.ingested", "recording.deleted"}}));
  const std::string sha(64, 'a');
  std::vector<std::uint64_t> sequences;
  for (int i = 0; i < 4; ++i) {
    const auto ack = bus->Publish(
        context, ToEvent(RecordingIngested{RandomUuid(), RandomUuid(), sha, "a/audio/" + sha, 1,
                                           "Tựa", "", "audio/wav"},
                         "a", "ingestion", 1));
    VANG_ASSERT_OK(ack);
    sequences.push_back(ack->sequence);
  }
  const auto in_hand = bus->Fetch(context, "asr", 3, Duration(0));
  VANG_ASSERT_OK(in_hand);
  ASSERT_EQ(in_hand->size(), 3U);
  for (const std::size_t settled : {0U, 2U}) {
    VANG_ASSERT_OK(bus->Ack(context, "asr", (*in_hand)[settled]));
  }
  auto stand = bus->WhereConsumersStand(context);
  VANG_ASSERT_OK(stand);
  ASSERT_EQ(stand->size(), 2U);
  EXPECT_EQ((*stand)[0].config.name, "asr");
  EXPECT_EQ((*stand)[0].settled, sequences[0]) << "the second is in hand";
  EXPECT_EQ((*stand)[0].config.max_in_flight, 8);
  EXPECT_EQ((*stand)[0].config.ack_wait, Duration(9'000));
  EXPECT_EQ((*stand)[1].settled, 0U);
  EXPECT_THAT((*stand)[1].config.subjects,
              testing::ElementsAre("recording.ingested", "recording.deleted"));
  VANG_ASSERT_OK(bus->Ack(context, "asr", (*in_hand)[1]));
  stand = bus->WhereConsumersStand(context);
  VANG_ASSERT_OK(stand);
  EXPECT_EQ((*stand)[0].settled, sequences[2]);
}

}  // namespace
}  // namespace vang
