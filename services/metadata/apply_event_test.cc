#include "services/metadata/apply_event.h"

#include <algorithm>
#include <map>
#include <random>

#include "libs/base/status_matchers.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"

namespace vang::metadata {
namespace {

const std::string kSha(64, 'a');
const std::string kId = RecordingId("a", kSha);
const std::string kV1 = TranscriptVersionId(kId, "m1");
const std::string kV2 = TranscriptVersionId(kId, "m2");

template <typename Data>
Event At(TimeMs time, const Data& data, const std::string& tenant = "a") {
  Event event = ToEvent(data, tenant, "test", time);
  // Two happenings at two times are two events.
  event.id = DerivedId("test", event.id, std::to_string(time));
  return event;
}

Event Ingested(TimeMs time = 10) {
  return At(time, RecordingIngested{kId, RandomUuid(), kSha, "a/audio/" + kSha, 5, "Tựa", "f.mp3",
                                    "audio/mpeg"});
}
Event Transcribed(TimeMs time, std::int64_t segments = 2, double speech = 3.5,
                  const std::string& version = kV1) {
  return At(time, TranscriptionCompleted{kId, version, version == kV1 ? "m1" : "m2",
                                         "raw-" + version, 8.25, speech, segments, 9});
}
Event Readable(TimeMs time, std::int64_t segments = 3, const std::string& version = kV1) {
  return At(time, NlpPostprocessed{kId, version, version == kV1 ? "m1" : "m2",
                                   "readable-" + version, segments, 8});
}
Event Indexed(TimeMs time, std::int64_t points = 3, const std::string& version = kV1) {
  return At(time, EmbeddingsIndexed{kId, version, "e1", points, points});
}
Event Failed(TimeMs time, const std::string& stage, const std::string& reason = "broken") {
  return At(time, RecordingFailed{kId, stage, "INVALID_ARGUMENT", reason, RandomUuid(), 5});
}

// The rows after a change, as a store would have them.
void Commit(const Change& change, RecordingRows* rows) {
  for (const Mutation& mutation : change.mutations) {
    if (const auto* put = std::get_if<PutRecording>(&mutation)) rows->recording = put->row;
    if (const auto* put = std::get_if<PutVersion>(&mutation)) {
      std::erase_if(rows->versions,
                    [&](const auto& v) { return v.version_id == put->row.version_id; });
      rows->versions.push_back(put->row);
    }
    if (const auto* put = std::get_if<PutStage>(&mutation)) {
      std::erase_if(rows->stages, [&](const auto& s) {
        return s.stage == put->row.stage && s.version_id == put->row.version_id;
      });
      rows->stages.push_back(put->row);
    }
    if (const auto* put = std::get_if<PutEdit>(&mutation)) rows->edits.push_back(put->row);
    if (std::get_if<EraseRecording>(&mutation) != nullptr) *rows = RecordingRows();
  }
}

RecordingRows After(const std::vector<Event>& events) {
  RecordingRows rows;
  for (const Event& event : events) {
    const auto change = ApplyEvent(event, rows);
    EXPECT_THAT(change, IsOk());
    Commit(*change, &rows);
  }
  return rows;
}

// All that a reader could see, in an order of its own.
std::string Picture(const RecordingRows& rows) {
  if (!rows.recording) return "absent";
  const Recording& r = *rows.recording;
  std::string text = r.status + "|" + r.status_detail + "|" + r.failed_stage + "|" + r.failed_code +
                     "|" + r.current_version + "|" + std::to_string(r.duration.value_or(-1)) + "|" +
                     std::to_string(r.speech_seconds.value_or(-1)) + "|" +
                     std::to_string(r.updated_at);
  std::map<std::string, std::string> parts;
  for (const TranscriptVersion& v : rows.versions) {
    parts["v" + v.version_id] = v.model_id + v.raw_key + v.readable_key +
                                std::to_string(v.segments) + "/" + std::to_string(v.words) + "/" +
                                std::to_string(v.indexed_points);
  }
  for (const StageTime& s : rows.stages) {
    parts["s" + s.version_id + s.stage] = std::to_string(s.at);
  }
  for (const auto& [key, value] : parts) text += "\n" + key + "=" + value;
  return text;
}

TEST(ApplyEvent, ARecordingWalksThroughItsStages) {
  std::vector<Event> events = {Ingested()};
  EXPECT_EQ(After(events).recording->status, "queued");
  events.push_back(Transcribed(20));
  EXPECT_EQ(After(events).recording->status, "transcribed");
  events.push_back(Readable(30));
  EXPECT_EQ(After(events).recording->status, "readable");
  events.push_back(Indexed(40));
  const RecordingRows rows = After(events);
  EXPECT_EQ(rows.recording->status, "completed");
  EXPECT_EQ(rows.recording->status_detail, "");
  EXPECT_EQ(rows.recording->duration, 8.25);
  EXPECT_EQ(rows.recording->created_at, 10);
  EXPECT_EQ(rows.recording->updated_at, 40);
  EXPECT_EQ(rows.recording->current_version, kV1);
  ASSERT_EQ(rows.versions.size(), 1u);
  EXPECT_EQ(rows.versions[0].number, 1);
  EXPECT_EQ(rows.versions[0].segments, 3) << "the readable segments count";
  EXPECT_EQ(rows.stages.size(), 4u);
}

TEST(ApplyEvent, EveryOrderOfTheStagesEndsTheSame) {
  std::vector<Event> stages = {Transcribed(20), Readable(30), Indexed(40), Failed(25, "nlp-post")};
  std::sort(stages.begin(), stages.end(),
            [](const Event& a, const Event& b) { return a.id < b.id; });
  std::string expected;
  do {
    std::vector<Event> events = {Ingested()};
    events.insert(events.end(), stages.begin(), stages.end());
    const std::string picture = Picture(After(events));
    if (expected.empty()) expected = picture;
    EXPECT_EQ(picture, expected);
  } while (std::next_permutation(stages.begin(), stages.end(),
                                 [](const Event& a, const Event& b) { return a.id < b.id; }));
  EXPECT_TRUE(expected.starts_with("completed|")) << expected;
}

// Design section 3, rule 1.
TEST(ApplyEvent, DeliveryRule1_AnEventThatComesTwiceChangesNothing) {
  std::mt19937 random(20'261'124);
  for (int round = 0; round < 200; ++round) {
    std::vector<Event> events = {Ingested(),   Transcribed(20), Failed(22, "embeddings"),
                                 Readable(30), Indexed(40),     Failed(50, "asr")};
    const std::string once = Picture(After(events));
    std::vector<Event> twice(events.begin() + 1, events.end());
    twice.insert(twice.end(), events.begin() + 1, events.end());
    std::shuffle(twice.begin(), twice.end(), random);
    twice.insert(twice.begin(), events[0]);
    EXPECT_EQ(Picture(After(twice)), once) << "seed 20261124, round " << round;
  }
}

TEST(ApplyEvent, AFailureShowsWithItsReasonUntilTheStageSucceeds) {
  std::vector<Event> events = {Ingested(), Failed(20, "asr", "the audio is cut off")};
  RecordingRows rows = After(events);
  EXPECT_EQ(rows.recording->status, "failed");
  EXPECT_EQ(rows.recording->status_detail, "the audio is cut off");
  EXPECT_EQ(rows.recording->failed_stage, "asr");
  EXPECT_EQ(rows.recording->failed_code, "INVALID_ARGUMENT");
  events.push_back(Transcribed(30));
  rows = After(events);
  EXPECT_EQ(rows.recording->status, "transcribed");
  EXPECT_EQ(rows.recording->status_detail, "");
  EXPECT_EQ(rows.recording->failed_stage, "");
}

TEST(ApplyEvent, ASuccessOfAnotherStageDoesNotHideAFailure) {
  const RecordingRows rows = After({Ingested(), Transcribed(20), Readable(30), Indexed(40),
                                    Failed(50, "embeddings"), Readable(60)});
  EXPECT_EQ(rows.recording->status, "failed");
  EXPECT_EQ(rows.recording->failed_stage, "embeddings");
}

TEST(ApplyEvent, AFailureOfWhatNoRecordingWaitsForIsNotTheRecordings) {
  const RecordingRows rows = After({Ingested(), Failed(20, "training-orchestrator")});
  EXPECT_EQ(rows.recording->status, "queued");
}

// Design section 3, rule 7.
TEST(ApplyEvent, DeliveryRule7_FewerPointsThanSegmentsIsAnErrorThatShows) {
  std::vector<Event> events = {Ingested(), Transcribed(20), Readable(30, 5), Indexed(40, 4)};
  RecordingRows rows = After(events);
  EXPECT_EQ(rows.recording->status, "failed");
  EXPECT_EQ(rows.recording->failed_stage, "ledger");
  EXPECT_THAT(rows.recording->status_detail, testing::HasSubstr("4 of 5 segments"));
  events.push_back(Indexed(50, 5));
  EXPECT_EQ(After(events).recording->status, "completed");
}

TEST(ApplyEvent, DeliveryRule7_NoSegmentsThoughThereWasSpeechIsAnErrorThatShows) {
  const RecordingRows rows =
      After({Ingested(), Transcribed(20, 0, 4.2), Readable(30, 0), Indexed(40, 0)});
  EXPECT_EQ(rows.recording->status, "failed");
  EXPECT_THAT(rows.recording->status_detail, testing::HasSubstr("4.2 seconds of speech"));
}

TEST(ApplyEvent, DeliveryRule7_SilenceCompletesAndSaysSo) {
  const RecordingRows rows =
      After({Ingested(), Transcribed(20, 0, 0), Readable(30, 0), Indexed(40, 0)});
  EXPECT_EQ(rows.recording->status, "completed");
  EXPECT_EQ(rows.recording->status_detail, "no speech was found");
}

TEST(ApplyEvent, ANewModelsVersionTakesOverWhenItIsReadable) {
  std::vector<Event> events = {Ingested(), Transcribed(20), Readable(30), Indexed(40),
                               Transcribed(50, 2, 3.5, kV2)};
  RecordingRows rows = After(events);
  EXPECT_EQ(rows.recording->current_version, kV1);
  EXPECT_EQ(rows.recording->status, "completed");
  events.push_back(Readable(60, 4, kV2));
  rows = After(events);
  EXPECT_EQ(rows.recording->current_version, kV2);
  EXPECT_EQ(rows.recording->status, "readable");
  events.push_back(Indexed(70, 4, kV2));
  rows = After(events);
  EXPECT_EQ(rows.recording->status, "completed");
  ASSERT_EQ(rows.versions.size(), 2u);
  EXPECT_EQ(rows.versions[1].number, 2);
  EXPECT_EQ(rows.versions[0].readable_key, "readable-" + kV1) << "nothing is overwritten";
}

TEST(ApplyEvent, EventsAboutADeletedRecordingChangeNothing) {
  const Event deleted = At(50, RecordingDeleted{kId, RandomUuid(), kSha, "local"});
  RecordingRows rows = After({Ingested(), Transcribed(20), deleted});
  EXPECT_FALSE(rows.recording);
  for (const Event& late :
       {Transcribed(60), Readable(61), Indexed(62), Failed(63, "asr"),
        At(64, RecordingUpdated{kId, RandomUuid(), "x", {}, {}, "local"}),
        At(65, TranscriptEdited{kId, kV1, RandomUuid(), 0, "", "x", {}, "a"}), deleted}) {
    const auto change = ApplyEvent(late, rows);
    VANG_ASSERT_OK(change);
    EXPECT_TRUE(change->mutations.empty()) << late.subject;
  }
}

TEST(ApplyEvent, UploadedAgainAfterADeletionItBeginsAnew) {
  const Event deleted = At(50, RecordingDeleted{kId, RandomUuid(), kSha, "local"});
  const RecordingRows rows =
      After({Ingested(), Transcribed(20), Readable(30), Indexed(40), deleted, Ingested(60)});
  EXPECT_EQ(rows.recording->status, "queued");
  EXPECT_EQ(rows.recording->created_at, 60);
  EXPECT_TRUE(rows.versions.empty());
}

TEST(ApplyEvent, IngestingWhatIsThereKeepsWhatIsThere) {
  EXPECT_EQ(Picture(After({Ingested(10), Transcribed(20), Ingested(30)})),
            Picture(After({Ingested(10), Transcribed(20)})));
}

TEST(ApplyEvent, AnotherTenantsEventChangesNothing) {
  const RecordingRows rows = After({Ingested()});
  const Event foreign = At(20, RecordingDeleted{kId, RandomUuid(), kSha, "x"}, "b");
  EXPECT_TRUE(ApplyEvent(foreign, rows)->mutations.empty());
}

TEST(ApplyEvent, PeoplesChangesAndEditsAreKept) {
  const RecordingRows rows =
      After({Ingested(), At(20, RecordingUpdated{kId, RandomUuid(), "Mới", {{"t1"}}, {}, "local"}),
             At(21, RecordingUpdated{kId, RandomUuid(), {}, {}, {{{"S1", "Lan"}}}, "local"}),
             At(22, TranscriptEdited{kId, kV1, RandomUuid(), 1, "cũ", "mới", "S1", "key-1"})});
  EXPECT_EQ(rows.recording->title, "Mới");
  EXPECT_EQ(rows.recording->tags, std::vector<std::string>{"t1"});
  ASSERT_EQ(rows.recording->speakers.size(), 1u);
  ASSERT_EQ(rows.edits.size(), 1u);
  EXPECT_EQ(rows.edits[0].new_text, "mới");
  EXPECT_EQ(rows.edits[0].at, 22);
  EXPECT_EQ(rows.recording->updated_at, 22);
}

TEST(ApplyEvent, EventsAboutNoRecordingChangeNothing) {
  const Event event = At(20, ModelPromoted{"m", "", "speech", "champion", "promote", RandomUuid()});
  EXPECT_FALSE(RecordingOf(event));
  EXPECT_TRUE(ApplyEvent(event, RecordingRows())->mutations.empty());
}

TEST(ApplyEvent, DataThatCannotBeReadIsRefused) {
  Event event = Transcribed(20);
  event.data.erase("words");
  EXPECT_THAT(ApplyEvent(event, After({Ingested()})), HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang::metadata
