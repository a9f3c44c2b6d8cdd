#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"

#include "libs/adapters/event_bus/sqlite/schema.h"
#include "libs/adapters/sqlite/database.h"
#include "tests/contract/event_bus_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<EventBus>> MakeSqliteEventBus(const std::filesystem::path& folder,
                                                     const Clock* clock) {
  return OpenSqliteEventBus({(folder / "events.db").string(), clock});
}

INSTANTIATE_TEST_SUITE_P(Sqlite, EventBusContract, testing::Values(&MakeSqliteEventBus));

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

  const Context context_;
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

}  // namespace
}  // namespace vang
