// From a log in SQLite to a real NATS server.
#include "apps/vang/import/log.h"

#include <optional>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "tests/support/nats_server.h"

namespace vang::cli {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

class ImportLog : public testing::Test {
 protected:
  void SetUp() override {
    from_ = OpenSqliteEventBus({(folder_.path() / "from.db").string()}).value();
    auto server = NatsServer::Start({folder_.path() / "nats"});
    VANG_ASSERT_OK(server);
    server_.emplace(*std::move(server));
    to_ = OpenNatsEventBus({.urls = {server_->url()}}).value();
  }
  Event Publish(EventBus& bus, const std::string& tenant = "news") {
    const std::string sha(64, 'a');
    const Event event =
        ToEvent(RecordingIngested{RandomUuid(), RandomUuid(), sha, tenant + "/audio/" + sha, 1,
                                  "Tựa", "", "audio/wav"},
                tenant, "ingestion", 1);
    EXPECT_THAT(bus.Publish(context_, event), IsOk());
    return event;
  }
  Result<LogCounts> Move() {
    VANG_ASSIGN_OR_RETURN(LogCounts counts, LookAtLog(context_, *from_, *to_));
    VANG_RETURN_IF_ERROR(MoveLog(
        context_, *from_, *to_, [](const std::string&) {}, &counts));
    return counts;
  }
  std::vector<std::string> Texts(EventBus& bus) {
    std::vector<std::string> texts;
    const auto read = bus.Read(context_, 0, 10'000);
    EXPECT_THAT(read, IsOk());
    for (const auto& [sequence, event] : *read) {
      texts.push_back(EncodeEvent(event));
    }
    return texts;
  }
  std::vector<std::string> Fetch(const std::string& consumer) {
    std::vector<std::string> ids;
    const auto fetched = to_->Fetch(context_, consumer, 100, Duration(2'000));
    EXPECT_THAT(fetched, IsOk());
    for (const Delivery& delivery : *fetched) {
      ids.push_back(delivery.event.id);
    }
    return ids;
  }

  const Context context_{};
  TempFolder folder_;
  std::optional<NatsServer> server_;
  std::unique_ptr<SqliteEventBus> from_;
  std::unique_ptr<NatsEventBus> to_;
};

TEST_F(ImportLog, EveryEventArrivesUnderItsIdAndASecondRunDoublesNothing) {
  for (int i = 0; i < 600; ++i) Publish(*from_);
  const auto first = Move();
  VANG_ASSERT_OK(first);
  EXPECT_EQ(first->events, 600);
  EXPECT_EQ(first->there, 0);
  EXPECT_THAT(Texts(*to_), ElementsAreArray(Texts(*from_)));
  const auto second = Move();
  VANG_ASSERT_OK(second);
  EXPECT_EQ(second->there, 600);
  EXPECT_EQ(Texts(*to_).size(), 600U);
}

TEST_F(ImportLog, ARunThatWasCutOffIsGoneOnWith) {
  std::vector<Event> events;
  for (int i = 0; i < 5; ++i) events.push_back(Publish(*from_));
  for (std::size_t i = 0; i < 2; ++i) VANG_ASSERT_OK(to_->Publish(context_, events[i]));
  const auto counts = Move();
  VANG_ASSERT_OK(counts);
  EXPECT_EQ(counts->there, 2);
  EXPECT_THAT(Texts(*to_), ElementsAreArray(Texts(*from_)));
}

TEST_F(ImportLog, AnotherLogIsRefusedAndLeftAlone) {
  const Event ours = Publish(*from_);
  Publish(*from_);
  const Event other = Publish(*to_);
  EXPECT_THAT(Move(), Fails(Code::kFailedPrecondition, other.id));
  EXPECT_EQ(Texts(*to_).size(), 1U);
}

TEST_F(ImportLog, ALogThatGoesOnAfterOursIsRefused) {
  VANG_ASSERT_OK(to_->Publish(context_, Publish(*from_)));
  const Event more = Publish(*to_);
  EXPECT_THAT(Move(), Fails(Code::kFailedPrecondition, more.id));
}

TEST_F(ImportLog, ABrokerThatServicesHaveBegunToWorkOnIsRefused) {
  Publish(*from_);
  VANG_ASSERT_OK(to_->EnsureConsumer(context_, {"asr", {"recording.ingested"}}));
  EXPECT_THAT(Move(), Fails(Code::kFailedPrecondition, "consumer asr"));
  EXPECT_THAT(Texts(*to_), IsEmpty());
}

TEST_F(ImportLog, ConsumersGoOnWhereTheyStoodAndEmbeddingsBegins) {
  for (const char* name : {"asr", "embeddings", "somebody"}) {
    VANG_ASSERT_OK(from_->EnsureConsumer(context_, {name, {"recording.ingested"}}));
  }
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(Publish(*from_).id);
  for (const char* name : {"asr", "embeddings"}) {
    const auto fetched = from_->Fetch(context_, name, 2, Duration(0));
    VANG_ASSERT_OK(fetched);
    for (const Delivery& delivery : *fetched) {
      VANG_ASSERT_OK(from_->Ack(context_, name, delivery));
    }
  }
  // In hand when the process ended.
  ASSERT_EQ(from_->Fetch(context_, "asr", 1, Duration(0)).value().size(), 1U);
  const auto counts = Move();
  VANG_ASSERT_OK(counts);
  EXPECT_EQ(counts->consumers, 1);
  // As the services do when they start.
  for (const char* name : {"asr", "embeddings"}) {
    VANG_ASSERT_OK(to_->EnsureConsumer(context_, {name, {"recording.ingested"}}));
  }
  EXPECT_THAT(Fetch("asr"), testing::ElementsAre(ids[2], ids[3]));
  EXPECT_THAT(Fetch("embeddings"), ElementsAreArray(ids));
  EXPECT_THAT(to_->Fetch(context_, "somebody", 1, Duration(0)), HasCode(Code::kNotFound));
}

TEST_F(ImportLog, DeadLettersOfAllTenantsComeAlongInTheirOrder) {
  for (const char* tenant : {"news", "court"}) {
    for (int i = 0; i < 3; ++i) {
      DeadLetter letter;
      letter.consumer = "asr";
      letter.event = Publish(*from_, tenant);
      letter.id = DerivedId("dead-letter", letter.consumer, letter.event.id);
      letter.code = "INVALID_ARGUMENT";
      letter.reason = "hỏng";
      letter.attempts = 1;
      letter.at = i;
      letter.provisional = i == 2;
      VANG_ASSERT_OK(from_->PutDeadLetter(context_, letter));
    }
  }
  for (int run = 0; run < 2; ++run) {
    const auto counts = Move();
    VANG_ASSERT_OK(counts);
    EXPECT_EQ(counts->letters, 4) << "a provisional one comes about again";
  }
  for (const char* tenant : {"news", "court"}) {
    const auto letters = to_->ListDeadLetters(context_, tenant, "", 10);
    const auto wanted = from_->ListDeadLetters(context_, tenant, "", 10);
    VANG_ASSERT_OK(letters);
    VANG_ASSERT_OK(wanted);
    ASSERT_EQ(letters->size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ((*letters)[i].id, (*wanted)[i].id);
      EXPECT_EQ((*letters)[i].reason, (*wanted)[i].reason);
      EXPECT_EQ((*letters)[i].at, (*wanted)[i].at);
      EXPECT_EQ(EncodeEvent((*letters)[i].event), EncodeEvent((*wanted)[i].event));
    }
  }
}

}  // namespace
}  // namespace vang::cli
