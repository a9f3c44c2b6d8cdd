// The delivery rules of design section 3 as far as metadata keeps them; the numbers are the rules'.
#include "libs/base/uuid.h"
#include "services/metadata/module_fixture.h"
#include "services/metadata/rebuild.h"
#include "tests/support/watched_event_bus.h"

namespace vang::metadata {
namespace {

using testing::HasSubstr;

class DeliveryRules : public MetadataModuleTest {
 protected:
  // A letter that asr gave up with, about a recording of `tenant`.
  DeadLetter PutLetter(const std::string& audio, const std::string& tenant = "a") {
    Upload(audio, "t", tenant);
    Settle();
    const auto events = bus_->Read(Context(), 0, 1'000);
    DeadLetter letter;
    letter.event = events->back().second;
    letter.id = DerivedId("dead-letter", "asr", letter.event.id);
    letter.consumer = "asr";
    letter.code = "INVALID_ARGUMENT";
    letter.reason = "it is not audio";
    letter.attempts = 1;
    letter.at = clock_.Now();
    EXPECT_THAT(bus_->PutDeadLetter(Context(), letter), IsOk());
    return letter;
  }
  void EnsureAsr() {
    VANG_ASSERT_OK(bus_->EnsureConsumer(Context(), {"asr", {"recording.ingested"}}));
  }
  std::size_t FetchedByAsr() {
    return bus_->Fetch(Context(), "asr", 100, Duration(0)).value().size();
  }
};

TEST_F(DeliveryRules, Rule1AnEventThatComesTwiceChangesTheRowsOnce) {
  Upload("sound");
  Transcribe("sound");
  ASSERT_EQ(Send("PATCH", "/v1/recordings/" + IdOf("sound"), R"({"title":"Một"})").status, 200);
  ASSERT_EQ(Send("PATCH", "/v1/recordings/" + IdOf("sound"), R"({"title":"Hai"})").status, 200);
  Settle();
  const std::string before = Hash();
  const auto replayed = bus_->Replay(Context(), "metadata", "", {});
  VANG_ASSERT_OK(replayed);
  EXPECT_EQ(*replayed, 6u);
  Settle();
  EXPECT_EQ(Hash(), before);
  // An older change that comes alone, after the newer one.
  Halt();
  VANG_ASSERT_OK(bus_->Replay(Context(), "metadata", "recording.updated", {}));
  const auto again = bus_->Fetch(Context(), "metadata", 2, Duration(0)).value();
  ASSERT_EQ(again.size(), 2u);
  VANG_ASSERT_OK(bus_->Retry(Context(), "metadata", again[0], Duration(0)));
  VANG_ASSERT_OK(bus_->Ack(Context(), "metadata", again[1]));
  Run();
  Settle();
  EXPECT_EQ(Hash(), before);
}

TEST_F(DeliveryRules, Rule2AnEventLeavesTheOutboxOnlyAfterTheBusHasIt) {
  Halt();
  // Rows and event are there, and the process ends before the relay runs.
  EXPECT_EQ(Upload("sound").status, 201);
  EXPECT_EQ(CountEvents("recording.ingested"), 0);
  ASSERT_EQ(store_->ReadOutbox(Context(), 10)->size(), 1u);
  // Published, and the process ends before the mark.
  VANG_ASSERT_OK(bus_->Publish(Context(), store_->ReadOutbox(Context(), 1)->front().event));
  module_.reset();
  bus_.reset();
  store_.reset();
  Open();
  Run();
  Settle();
  EXPECT_EQ(CountEvents("recording.ingested"), 1);
}

TEST_F(DeliveryRules, Rule2WhatTheBrokerDoesNotAcknowledgeStaysInTheOutboxInItsOrder) {
  Halt();
  std::atomic<bool> away = true;
  std::atomic<int> refused = 0;
  WatchedEventBus broker(bus_.get(), [&](const Event&) {
    refused += away ? 1 : 0;
    return away ? Unavailable("the broker is away") : Status();
  });
  module_ = MakeMetadata({store_.get(), keys_.get(), objects_.get(), &broker, &clock_, &metrics_});
  VANG_ASSERT_OK(module_->Start(Context()));
  running_ = true;
  ASSERT_EQ(Upload("one").status, 201) << "accepted all the same";
  ASSERT_EQ(Upload("two").status, 201);
  while (refused < 2) std::this_thread::yield();
  EXPECT_EQ(store_->ReadOutbox(Context(), 10)->size(), 2u);
  bool red = false;
  for (const Health& health : module_->Check(Context())) {
    red |= !health.ready && health.detail.find("the broker is away") != std::string::npos;
  }
  EXPECT_TRUE(red);
  away = false;
  Settle();
  const auto events = bus_->Read(Context(), 0, 10).value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].second.data.at("recording_id").as_string(), IdOf("one"));
  EXPECT_EQ(events[1].second.data.at("recording_id").as_string(), IdOf("two"));
  Halt();
  module_.reset();
}

TEST_F(DeliveryRules, Rule4ARecordingThatWasGivenUpShowsFailedAndWhy) {
  Upload("sound");
  Say(RecordingFailed{IdOf("sound"), "asr", "INVALID_ARGUMENT", "it is no audio", RandomUuid(), 1});
  Settle();
  const auto body = Body(Send("GET", "/v1/recordings/" + IdOf("sound")), "recording");
  EXPECT_EQ(body.at("status").as_string(), "failed");
  EXPECT_EQ(body.at("failure").at("stage").as_string(), "asr");
  EXPECT_EQ(body.at("failure").at("reason").as_string(), "it is no audio");
}

TEST_F(DeliveryRules, Rule5DeadLettersAreListedReadRedrivenAndDropped) {
  EnsureAsr();
  const DeadLetter one = PutLetter("one");
  const DeadLetter two = PutLetter("two");
  const DeadLetter three = PutLetter("three");
  EXPECT_EQ(FetchedByAsr(), 3u);
  const auto page = Body(Send("GET", "/v1/dead-letters?limit=2"), "dead-letter-list");
  ASSERT_EQ(page.at("data").as_array().size(), 2u);
  EXPECT_EQ(page.at("data").at(0).at("id").as_string(), three.id) << "newest first";
  const auto rest = Body(
      Send("GET", "/v1/dead-letters?cursor=" + std::string(page.at("next_cursor").as_string())),
      "dead-letter-list");
  EXPECT_EQ(rest.at("data").as_array().size(), 1u);
  const auto letter = Body(Send("GET", "/v1/dead-letters/" + one.id), "dead-letter");
  EXPECT_EQ(letter.at("reason").as_string(), "it is not audio");
  EXPECT_EQ(letter.at("event").at("id").as_string(), one.event.id);

  EXPECT_EQ(Send("DELETE", "/v1/dead-letters/" + one.id).status, 204);
  EXPECT_EQ(Send("GET", "/v1/dead-letters/" + one.id).status, 404);
  EXPECT_EQ(Send("DELETE", "/v1/dead-letters/" + one.id).status, 404);
  const auto single = Send("POST", "/v1/dead-letters/" + two.id + "/redrive");
  EXPECT_EQ(Body(single, "redrive-result").at("redriven").as_int64(), 1);
  EXPECT_EQ(FetchedByAsr(), 1u);
  PutLetter("four");
  EXPECT_EQ(FetchedByAsr(), 1u);
  const auto all = Body(Send("POST", "/v1/dead-letters/redrive"), "redrive-result");
  EXPECT_EQ(all.at("redriven").as_int64(), 2);
  EXPECT_EQ(FetchedByAsr(), 2u);
  EXPECT_EQ(Send("GET", "/v1/dead-letters?cursor=x").status, 400);
}

TEST_F(DeliveryRules, Rule5ATenantSeesAndMovesOnlyItsOwnDeadLetters) {
  EnsureAsr();
  const DeadLetter letter = PutLetter("one", "b");
  DeadLetter ahead = letter;
  EXPECT_EQ(Body(Send("GET", "/v1/dead-letters"), "dead-letter-list").at("data").as_array().size(),
            0u);
  EXPECT_EQ(Send("GET", "/v1/dead-letters/" + letter.id).status, 404);
  EXPECT_EQ(Send("DELETE", "/v1/dead-letters/" + letter.id).status, 404);
  EXPECT_EQ(Send("POST", "/v1/dead-letters/" + letter.id + "/redrive").status, 404);
  EXPECT_EQ(
      Body(Send("POST", "/v1/dead-letters/redrive"), "redrive-result").at("redriven").as_int64(),
      0);
  EXPECT_EQ(Send("GET", "/v1/dead-letters/" + letter.id, "", "b").status, 200);
  ahead.provisional = true;
  VANG_ASSERT_OK(bus_->PutDeadLetter(Context(), ahead));
  EXPECT_EQ(Send("GET", "/v1/dead-letters/" + letter.id, "", "b").status, 404)
      << "written ahead of the last attempt";
}

TEST_F(DeliveryRules, Rule6AnySubjectIsReplayedIntoOneConsumer) {
  EnsureAsr();
  Upload("one");
  Settle();
  clock_.Advance(Duration(1'000));
  const std::string later = FormatTime(clock_.Now());
  Upload("two");
  Settle();
  const auto first = bus_->Fetch(Context(), "asr", 10, Duration(0)).value();
  ASSERT_EQ(first.size(), 2u);
  for (const Delivery& delivery : first) {
    VANG_ASSERT_OK(bus_->Ack(Context(), "asr", delivery));
  }
  const auto replay = [&](const std::string& body, const std::string& tenant = "local") {
    return Send("POST", "/v1/replays", body, tenant);
  };
  const http::Response begun =
      replay(R"({"consumer":"asr","subject":"recording.ingested","from_time":")" + later + "\"}");
  EXPECT_EQ(begun.status, 202);
  EXPECT_EQ(Body(begun, "replay").at("deliveries").as_int64(), 1);
  EXPECT_EQ(FetchedByAsr(), 1u);
  EXPECT_EQ(replay(R"({"consumer":"nobody"})").status, 404);
  EXPECT_EQ(replay(R"({"consumer":"asr","subject":"recording.deleted"})").status, 400);
  EXPECT_THAT(Detail(replay(R"({"consumer":"asr","from_time":"yesterday!"})")),
              HasSubstr("/from_time"));
  EXPECT_EQ(replay(R"({"consumer":"asr"})", "a").status, 403) << "it would touch every tenant";
  scopes_ = {"read", "write"};
  EXPECT_EQ(replay(R"({"consumer":"asr"})").status, 403);
}

TEST_F(DeliveryRules, Rule6TheTablesAreRebuiltFromTheLogToTheSameContent) {
  for (const char* audio : {"one", "two", "three", "four"}) {
    Upload(audio);
    clock_.Advance(Duration(10));
  }
  Transcribe("one");
  Transcribe("two");
  clock_.Advance(Duration(10));
  Transcribe("two", "m2");
  const std::string one = "/v1/recordings/" + IdOf("one");
  ASSERT_EQ(Send("PATCH", one, R"({"title":"Mới","tags":["x"],"speakers":{"S1":"Lan"}})").status,
            200);
  ASSERT_EQ(Send("POST", one + "/edits",
                 R"({"segment":0,"old_text":"xin chào","new_text":"chào","speaker":"S1"})")
                .status,
            201);
  ASSERT_EQ(
      Send("POST", one + "/edits", R"({"segment":0,"old_text":"chào","new_text":"hi"})").status,
      201);
  Say(RecordingFailed{IdOf("three"), "asr", "INVALID_ARGUMENT", "broken", RandomUuid(), 1});
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("four")).status, 200);
  clock_.Advance(Duration(10));
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("three")).status, 200);
  Settle();
  ASSERT_EQ(Upload("three").status, 201) << "a new chain";
  Settle();
  Halt();
  // One event whose effect is in the rows but which is not in the log yet.
  ASSERT_EQ(Upload("five").status, 201);
  const std::string before = Hash();
  VANG_ASSERT_OK(RebuildMetadata(Context(), *bus_, *store_));
  EXPECT_EQ(Hash(), before);
  EXPECT_THAT(store_->ReadOutbox(Context(), 1).value(), testing::IsEmpty());
  VANG_ASSERT_OK(RebuildMetadata(Context(), *bus_, *store_));
  EXPECT_EQ(Hash(), before);
  // What the log delivers again afterwards changes nothing either.
  Run();
  VANG_ASSERT_OK(bus_->Replay(Context(), "metadata", "", {}));
  Settle();
  EXPECT_EQ(Hash(), before);
  EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf("three")).status, 200);
}

TEST_F(DeliveryRules, Rule7SpeechWithoutSegmentsAndMissingPointsAreErrorsThatShow) {
  Upload("mute");
  const std::string mute = IdOf("mute");
  const std::string version = TranscriptVersionId(mute, "m1");
  Say(TranscriptionCompleted{mute, version, "m1", "a/x", 10, 4.5, 0, 0});
  Say(NlpPostprocessed{mute, version, "m1", "a/y", 0, 0});
  Say(EmbeddingsIndexed{mute, version, "e1", 0, 0});
  Settle();
  const auto silent = Body(Send("GET", "/v1/recordings/" + mute), "recording");
  EXPECT_EQ(silent.at("status").as_string(), "failed");
  EXPECT_EQ(silent.at("failure").at("stage").as_string(), "ledger");
  EXPECT_THAT(std::string(silent.at("status_detail").as_string()), HasSubstr("4.5 seconds"));

  Upload("sound");
  Transcribe("sound");
  Say(EmbeddingsIndexed{IdOf("sound"), TranscriptVersionId(IdOf("sound"), "m1"), "e2", 2, 1});
  Settle();
  const auto fewer = Body(Send("GET", "/v1/recordings/" + IdOf("sound")), "recording");
  EXPECT_EQ(fewer.at("failure").at("code").as_string(), "DATA_LOSS");
}

// ---- deletion: section 4 -----------------------------------------------------------------------

class Deletion : public DeliveryRules {};

TEST_F(Deletion, TakesRowsAudioTranscriptsAndDeadLettersAndLeavesAReceipt) {
  PutLetter("sound");
  Transcribe("sound");
  Upload("other");
  Settle();
  EXPECT_EQ(CountObjects(), 4u);
  const std::string path = "/v1/recordings/" + IdOf("sound");
  EXPECT_EQ(Send("DELETE", path, "", "b").status, 404) << "another tenant's";
  const http::Response deleted = Send("DELETE", path);
  ASSERT_EQ(deleted.status, 200);
  EXPECT_EQ(Body(deleted, "deletion-receipt").at("deleted_by").as_string(), "key-of-a");
  for (const char* below : {"", "/audio", "/transcript", "/progress"}) {
    EXPECT_EQ(Send("GET", path + below).status, 404) << below;
  }
  Settle();
  EXPECT_EQ(CountObjects(), 1u) << "the other recording's audio";
  EXPECT_EQ(Body(Send("GET", "/v1/dead-letters"), "dead-letter-list").at("data").as_array().size(),
            0u);
  clock_.Advance(Duration(1'000));
  EXPECT_EQ(Send("DELETE", path).body, deleted.body) << "the receipt again";
  Settle();
  EXPECT_EQ(CountEvents("recording.deleted"), 1);
  EXPECT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("never")).status, 404);
}

TEST_F(Deletion, ObjectsGoEvenWhenTheProcessEndedRightAfterTheRows) {
  Upload("sound");
  Transcribe("sound");
  Halt();
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("sound")).status, 200);
  EXPECT_EQ(CountObjects(), 3u);
  module_.reset();
  bus_.reset();
  store_.reset();
  Open();
  Run();
  Settle();
  EXPECT_EQ(CountObjects(), 0u);
}

TEST_F(Deletion, TheSameAudioUploadedAgainByThenKeepsItsObject) {
  Upload("sound");
  Settle();
  Halt();
  // Deleted and uploaded again before the consumer hears of the deletion.
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("sound")).status, 200);
  ASSERT_EQ(Upload("sound").status, 201);
  module_.reset();
  Run();
  Settle();
  EXPECT_EQ(CountEvents("recording.ingested"), 2) << "a new chain";
  EXPECT_EQ(CountObjects(), 1u);
  EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf("sound") + "/audio").status, 200);
}

TEST_F(Deletion, AudioRemovedBetweenItsUploadAndItsRegistrationIsAskedForAgain) {
  Upload("sound");
  Settle();
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("sound")).status, 200);
  Settle();
  // The uploader found the object there and wrote nothing; then it was removed.
  const http::Response response = Register("sound");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(Detail(response), HasSubstr("upload it again"));
  EXPECT_EQ(Upload("sound").status, 201);
}

TEST_F(Deletion, WhatAStageWritesAfterwardsGoesToo) {
  Upload("sound");
  Settle();
  const std::string id = IdOf("sound");
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + id).status, 200);
  Settle();
  Transcribe("sound");
  EXPECT_EQ(CountObjects(), 0u);
  EXPECT_EQ(Send("GET", "/v1/recordings/" + id).status, 404);
}

}  // namespace
}  // namespace vang::metadata
