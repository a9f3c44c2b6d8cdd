#include "libs/common/event.h"

#include "libs/base/status_matchers.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"

namespace vang {
namespace {

TranscriptionCompleted Completed() {
  TranscriptionCompleted data;
  data.recording_id = RecordingId("default", std::string(64, 'a'));
  data.version_id = TranscriptVersionId(data.recording_id, "vang-ctc-1");
  data.model_id = "vang-ctc-1";
  data.object_key = "default/transcripts/a/b/raw.json";
  data.audio_seconds = 61.5;
  data.speech_seconds = 48.25;
  data.segments = 4;
  data.words = 180;
  return data;
}

TEST(Event, RoundTripsThroughItsWireForm) {
  Event cause;
  cause.id = RandomUuid();
  cause.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Event sent = ToEvent(Completed(), "default", "asr", 1'795'516'790'123, &cause);
  const auto got = DecodeEvent(EncodeEvent(sent));
  VANG_ASSERT_OK(got);
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->subject, "transcription.completed");
  EXPECT_EQ(got->time, sent.time);
  EXPECT_EQ(got->tenant, "default");
  EXPECT_EQ(got->source, "/services/asr");
  EXPECT_EQ(got->traceparent, cause.traceparent);
  EXPECT_EQ(got->cause, cause.id);
  const auto data = FromEvent<TranscriptionCompleted>(*got);
  VANG_ASSERT_OK(data);
  EXPECT_EQ(data->words, 180);
  EXPECT_DOUBLE_EQ(data->audio_seconds, 61.5);
}

TEST(DeliveryRule1, TheSameWorkPublishedTwiceHasTheSameId) {
  Event cause;
  cause.id = RandomUuid();
  const Event first = ToEvent(Completed(), "default", "asr", 1, &cause);
  const Event again = ToEvent(Completed(), "default", "asr", 2, &cause);
  EXPECT_EQ(first.id, again.id);
  EXPECT_TRUE(IsUuid(first.id));
}

TEST(Event, OtherTenantsOtherCausesAndOtherVersionsHaveOtherIds) {
  Event cause;
  cause.id = RandomUuid();
  const Event base = ToEvent(Completed(), "default", "asr", 1, &cause);
  EXPECT_NE(base.id, ToEvent(Completed(), "other", "asr", 1, &cause).id);
  EXPECT_NE(base.id, ToEvent(Completed(), "default", "asr", 1).id);
  TranscriptionCompleted version = Completed();
  version.version_id = TranscriptVersionId(version.recording_id, "vang-ctc-2");
  EXPECT_NE(base.id, ToEvent(version, "default", "asr", 1, &cause).id);
}

TEST(Event, RefusesInvalidDataWithThePointerToTheFault) {
  Event event = ToEvent(Completed(), "default", "asr", 1);
  event.data["words"] = "many";
  EXPECT_THAT(DecodeEvent(EncodeEvent(event)), Fails(Code::kInvalidArgument, "/data/words"));
  event = ToEvent(Completed(), "default", "asr", 1);
  event.tenant = "../x";
  EXPECT_THAT(DecodeEvent(EncodeEvent(event)), Fails(Code::kInvalidArgument, "/tenant"));
}

TEST(Event, RefusesUnknownSubjectsAndMismatchedTypes) {
  Event event = ToEvent(Completed(), "default", "asr", 1);
  std::string text = EncodeEvent(event);
  const std::string type = "vang.transcription.completed.v1";
  text.replace(text.find(type), type.size(), "vang.recording.failed.v1");
  EXPECT_THAT(DecodeEvent(text), Fails(Code::kInvalidArgument, "/type"));
  event.subject = "coffee.ready";
  EXPECT_THAT(DecodeEvent(EncodeEvent(event)), Fails(Code::kInvalidArgument, "/subject"));
}

TEST(Event, ReadingAsAnotherKindFails) {
  EXPECT_THAT(FromEvent<RecordingFailed>(ToEvent(Completed(), "default", "asr", 1)),
              HasCode(Code::kInvalidArgument));
}

TEST(RecordingId, TheSameAudioOfOneTenantIsOneRecording) {
  EXPECT_EQ(RecordingId("a", "x"), RecordingId("a", "x"));
  EXPECT_NE(RecordingId("a", "x"), RecordingId("b", "x"));
}

TEST(Event, ReadsWhatItCanOfAnEventThatDoesNotDecode) {
  Event event = ToEvent(Completed(), "default", "asr", 1'700'000'000'000);
  event.data["words"] = -1;
  EXPECT_EQ(EncodeEvent(SalvageEvent(EncodeEvent(event))), EncodeEvent(event));
  const Event part = SalvageEvent(R"({"id":7,"tenant":"a","time":"soon","data":[1]})");
  EXPECT_EQ(part.id, "");
  EXPECT_EQ(part.tenant, "a");
  EXPECT_EQ(part.time, 0);
  EXPECT_TRUE(part.data.empty());
  for (const char* text : {"", "[]", "{", "7", "\xFF"}) EXPECT_EQ(SalvageEvent(text).tenant, "");
}

// What ToEvent writes must conform to the schemas, for every kind of event.
template <typename Data>
void ExpectConforms(const Data& data) {
  VANG_EXPECT_OK(DecodeEvent(EncodeEvent(ToEvent(data, "default", "test", 1'700'000'000'000))));
}

TEST(Event, EverythingWeWriteConformsToItsSchema) {
  const std::string id = RandomUuid();
  const std::string sha(64, 'b');
  ExpectConforms(
      RecordingIngested{id, id, sha, "default/audio/" + sha, 10, "t", "f.wav", "audio/wav"});
  ExpectConforms(Completed());
  ExpectConforms(NlpPostprocessed{id, id, "m", "default/x", 1, 2});
  ExpectConforms(EmbeddingsIndexed{id, id, "e", 1, 1});
  ExpectConforms(RecordingFailed{id, "asr", "INTERNAL", "why", id, 5});
  ExpectConforms(RecordingDeleted{id, id, sha, "local"});
  RecordingUpdated updated{id, id, "tên", std::vector<std::string>{"họp"}, std::nullopt, "local"};
  updated.speakers.emplace();
  updated.speakers->emplace_back("S1", "Lan");
  ExpectConforms(updated);
  ExpectConforms(TranscriptEdited{id, id, id, 0, "cũ", "mới", "S1", "local"});
  ExpectConforms(DatasetReady{id, "n", 1, "default/d", 0, 0});
  ExpectConforms(ModelPromoted{"b", "a", "speech", "champion", "promote", id});
}

}  // namespace
}  // namespace vang
