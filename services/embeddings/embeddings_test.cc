// The whole service over the real SQLite and file adapters; metadata is played by a small upstream.
#include <condition_variable>
#include <mutex>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/base/manual_clock.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "libs/common/schema.h"
#include "libs/common/transcript.h"
#include "services/embeddings/module.h"
#include "services/embeddings/rebuild.h"
#include "tests/support/forwarding_search_index.h"
#include "tests/support/watched_event_bus.h"

namespace vang {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);
const std::string kRecording = "8f14e45f-ceea-567f-a1ab-3f2b7c8d9e01";
const std::string kVersion1 = "9a0364b9-e99b-580d-8d58-12dc1b9d0001";
const std::string kVersion2 = "9a0364b9-e99b-580d-8d58-12dc1b9d0002";

struct Version {
  std::string id;
  std::string readable_key;
};
struct Edit {
  std::string version;
  int segment = 0;
  std::string text;
  std::string speaker;
};

// Answers GET /internal/v1/recordings/{id} for the one recording there is, or 404.
class FakeMetadata : public Upstream {
 public:
  bool present = true;
  std::vector<Version> versions;
  std::vector<Edit> edits;
  std::function<void(FakeMetadata&)> after_answer;  // called once, before the next answer
  int asked = 0;
  std::mutex mutex;

  Result<http::Response> Send(const Context&, http::Request& request) override {
    std::lock_guard<std::mutex> lock(mutex);
    if (++asked > 1 && after_answer) std::exchange(after_answer, nullptr)(*this);
    if (!present || request.tenant != "a" ||
        request.path != "/internal/v1/recordings/" + kRecording) {
      return http::Problem(NotFound("there is no such recording"));
    }
    const JsonValue rows = Rows();
    EXPECT_THAT(CheckSchema("recording-rows", rows), IsOk());
    return http::JsonResponse(200, WriteJson(rows));
  }

 private:
  JsonValue Rows() const {
    const std::string at = FormatTime(5'000);
    const JsonObject stages{
        {"ingested", at}, {"transcribed", nullptr}, {"readable", nullptr}, {"indexed", nullptr}};
    JsonArray version_rows;
    for (const Version& version : versions) {
      version_rows.push_back(
          JsonObject{{"version_id", version.id},
                     {"number", static_cast<std::int64_t>(version_rows.size()) + 1},
                     {"model_id", "m"},
                     {"raw_key", "a/raw"},
                     {"readable_key", version.readable_key},
                     {"segments", 2},
                     {"words", 4},
                     {"indexed_points", -1},
                     {"created_at", at}});
    }
    JsonArray edit_rows;
    for (const Edit& edit : edits) {
      const JsonValue speaker = edit.speaker.empty() ? JsonValue() : JsonValue(edit.speaker);
      edit_rows.push_back(JsonObject{{"id", RandomUuid()},
                                     {"version_id", edit.version},
                                     {"segment", edit.segment},
                                     {"old_text", ""},
                                     {"new_text", edit.text},
                                     {"speaker", speaker},
                                     {"author", "local"},
                                     {"at", at}});
    }
    const JsonObject recording{
        {"id", kRecording},           {"title", "Họp"},      {"file_name", ""},
        {"media_type", "audio/wav"},  {"bytes", 1},          {"duration", nullptr},
        {"speech_duration", nullptr}, {"status", "queued"},  {"status_detail", ""},
        {"failure", nullptr},         {"stages", stages},    {"created_at", at},
        {"updated_at", at},           {"tags", JsonArray{}}, {"speakers", JsonObject{}},
        {"version", nullptr}};
    return JsonObject{{"recording", recording},         {"current_version", nullptr},
                      {"versions", version_rows},       {"edits", edit_rows},
                      {"sha256", std::string(64, 'a')}, {"object_key", "a/audio/x"}};
  }
};

// As many words as there are, in one direction; nothing for a text without words.
class FakeEmbedder : public Embedder {
 public:
  Result<std::vector<float>> Embed(const Context&, std::string_view text) override {
    if (text.empty()) return std::vector<float>();
    return std::vector<float>{1, 0};
  }
  int dimension() const override { return 2; }
  const std::string& model_id() const override { return id_; }

 private:
  const std::string id_ = "fake";
};

// Loses the last point of what it is given, `losses` times.
class LossyIndex : public ForwardingSearchIndex {
 public:
  using ForwardingSearchIndex::ForwardingSearchIndex;
  Status ReplaceRecording(const Context& c, const std::string& tenant, const std::string& id,
                          const std::vector<Point>& points) override {
    std::vector<Point> kept = points;
    if (losses > 0) {
      --losses;
      kept.pop_back();
    }
    return ForwardingSearchIndex::ReplaceRecording(c, tenant, id, kept);
  }

  std::atomic<int> losses{0};
};

class EmbeddingsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto bus = OpenSqliteEventBus({(folder_.path() / "events.db").string(), &clock_});
    auto objects = OpenFsObjectStore({folder_.path() / "objects"});
    auto index = OpenEmbeddedSearchIndex({(folder_.path() / "index.db").string(), 2});
    VANG_ASSERT_OK(bus);
    VANG_ASSERT_OK(objects);
    VANG_ASSERT_OK(index);
    bus_ = std::move(*bus);
    objects_ = std::move(*objects);
    index_ = std::move(*index);
    lossy_ = std::make_unique<LossyIndex>(index_.get());
    watched_ = std::make_unique<WatchedEventBus>(
        bus_.get(), [this](const Event& event) { return before_publish_(event); });
    ports_ = {watched_.get(), objects_.get(), lossy_.get(), &embedder_,
              &metadata_,     &clock_,        &metrics_};
    module_ = MakeEmbeddings(ports_, {});
    VANG_ASSERT_OK(module_->Start(Context()));
  }
  void TearDown() override {
    if (module_ != nullptr) module_->Stop(Duration(10'000));
  }

  std::string PutReadable(const std::string& version, const std::vector<std::string>& texts) {
    ReadableTranscript transcript;
    transcript.recording_id = kRecording;
    transcript.version_id = version;
    transcript.model_id = "m";
    transcript.audio_seconds = 100;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ReadableSegment segment;
      segment.start = static_cast<double>(i) * 10;
      segment.end = segment.start + 5;
      segment.text = texts[i];
      transcript.segments.push_back(segment);
    }
    const std::string key = ReadableTranscriptKey("a", kRecording, version);
    EXPECT_THAT(objects_->Put(Context(), key, EncodeReadableTranscript(transcript)), IsOk());
    return key;
  }

  void SayReadable(const std::string& version, const std::string& key) {
    NlpPostprocessed data{kRecording, version, "m", key, 2, 4};
    Publish(ToEvent(data, "a", "nlp-post", clock_.Now(), &cause_));
  }
  void SayEdited(const std::string& version) {
    TranscriptEdited data;
    data.recording_id = kRecording;
    data.version_id = version;
    data.edit_id = RandomUuid();
    data.new_text = "x";
    data.author = "local";
    Publish(ToEvent(data, "a", "metadata", clock_.Now()));
  }
  void SayDeleted() {
    RecordingDeleted data{kRecording, RandomUuid(), std::string(64, 'a'), "local"};
    Publish(ToEvent(data, "a", "metadata", clock_.Now()));
  }

  void Publish(const Event& event) {
    VANG_ASSERT_OK(bus_->Publish(Context(), event));
    WaitUntilSettled();
  }

  // Until the consumer has nothing left to do; what it is to try again is due at once.
  void WaitUntilSettled() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      const auto consumers = bus_->Consumers(Context());
      VANG_ASSERT_OK(consumers);
      bool idle = true;
      for (const ConsumerState& state : *consumers) {
        if (state.name != "embeddings" || state.pending + state.in_flight == 0) continue;
        idle = false;
        if (state.in_flight == 0) clock_.Advance(Duration(100));
      }
      if (idle) return;
      // Nothing to fetch: waits without spinning.
      (void)bus_->EnsureConsumer(Context(), {.name = "observer", .subjects = {"dataset.ready"}});
      (void)bus_->Fetch(Context(), "observer", 1, Duration(10));
    }
    FAIL() << "the consumer did not settle";
  }

  std::vector<SearchHit> Find(const std::string& text) {
    SearchQuery query;
    query.tenant = "a";
    query.text = text;
    auto hits = index_->Search(Context(), query);
    EXPECT_THAT(hits, IsOk());
    return *hits;
  }
  std::uint64_t Count() { return *index_->CountPoints(Context(), "a", kRecording); }

  std::vector<EmbeddingsIndexed> Said() {
    std::vector<EmbeddingsIndexed> said;
    const auto stored = bus_->Read(Context(), 0, 1'000);
    for (const auto& [sequence, event] : *stored) {
      if (event.subject == EmbeddingsIndexed::kSubject) {
        said.push_back(*FromEvent<EmbeddingsIndexed>(event));
      }
    }
    return said;
  }

  TempFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<EventBus> bus_;
  std::unique_ptr<ObjectStore> objects_;
  std::unique_ptr<SearchIndex> index_;
  std::unique_ptr<LossyIndex> lossy_;
  std::function<Status(const Event& event)> before_publish_ = [](const Event&) { return Status(); };
  std::unique_ptr<WatchedEventBus> watched_;
  FakeEmbedder embedder_;
  FakeMetadata metadata_;
  EmbeddingsPorts ports_;
  std::unique_ptr<Module> module_;
  Event cause_;
};

TEST_F(EmbeddingsTest, AReadableTranscriptBecomesOnePointPerMoment) {
  const std::string key = PutReadable(kVersion1, {"Xin chào.", "Tạm biệt."});
  metadata_.versions = {{kVersion1, key}};
  SayReadable(kVersion1, key);
  ASSERT_EQ(Count(), 2u);
  const auto hits = Find("tạm biệt");
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits[0].point.id, DerivedId("point", kRecording, kVersion1, "1"));
  EXPECT_EQ(hits[0].point.segment, 1);
  EXPECT_EQ(hits[0].point.start, 10);
  EXPECT_EQ(hits[0].point.created_at, 5'000);
  const auto said = Said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].version_id, kVersion1);
  EXPECT_EQ(said[0].embedder_id, "fake");
  EXPECT_EQ(said[0].segments, 2);
  EXPECT_EQ(said[0].points, 2);
}

TEST_F(EmbeddingsTest, DeliveryRule1_TheSameEventAgainChangesNothing) {
  const std::string key = PutReadable(kVersion1, {"Xin chào."});
  metadata_.versions = {{kVersion1, key}};
  SayReadable(kVersion1, key);
  const auto hash = *index_->ContentHash(Context());
  VANG_ASSERT_OK(bus_->Replay(Context(), "embeddings", "", {}));
  WaitUntilSettled();
  EXPECT_EQ(*index_->ContentHash(Context()), hash);
  EXPECT_EQ(Said().size(), 1u);
}

TEST_F(EmbeddingsTest, DeliveryRule2_ThePointsAreThereBeforeTheEventAndTheInputComesUntilItIsOut) {
  const std::string key = PutReadable(kVersion1, {"Xin chào.", "Tạm biệt."});
  metadata_.versions = {{kVersion1, key}};
  std::atomic<int> published{0};
  before_publish_ = [&](const Event&) -> Status {
    EXPECT_EQ(Count(), 2u);
    const auto consumers = bus_->Consumers(Context());
    VANG_EXPECT_OK(consumers);
    for (const ConsumerState& state : *consumers) {
      if (state.name == "embeddings") {
        EXPECT_EQ(state.in_flight, 1u) << "not acknowledged yet";
      }
    }
    return published++ == 0 ? Unavailable("the broker is away") : Status();
  };
  SayReadable(kVersion1, key);
  EXPECT_EQ(published, 2);
  EXPECT_EQ(Said().size(), 1u);
}

TEST_F(EmbeddingsTest, DeliveryRule7_FewerPointsThanMomentsAreNotAcknowledged) {
  const std::string key = PutReadable(kVersion1, {"Xin chào.", "Tạm biệt."});
  metadata_.versions = {{kVersion1, key}};
  lossy_->losses = 2;
  SayReadable(kVersion1, key);
  ASSERT_EQ(Said().size(), 1u) << "only once it was whole";
  EXPECT_EQ(Said()[0].points, 2);

  lossy_->losses = 1'000;
  cause_.id = RandomUuid();  // another event about the same version
  SayReadable(kVersion1, key);
  EXPECT_EQ(Said().size(), 1u);
  const auto letters = bus_->ListDeadLetters(Context(), "a", "", 10);
  VANG_ASSERT_OK(letters);
  ASSERT_EQ(letters->size(), 1u);
  EXPECT_THAT((*letters)[0].reason, testing::HasSubstr("1 of 2 points"));
}

TEST_F(EmbeddingsTest, DeliveryRule7_AStoppedConsumerTurnsReadyRed) {
  EXPECT_TRUE(module_->Check(Context())[0].ready);
  module_->Stop(Duration(10'000));
  EXPECT_FALSE(module_->Check(Context())[0].ready);
}

TEST_F(EmbeddingsTest, TheRowsMayNotKnowTheAnnouncedVersionYet) {
  SayReadable(kVersion1, PutReadable(kVersion1, {"Xin chào."}));
  EXPECT_EQ(Find("xin chào").size(), 1u);
}

TEST_F(EmbeddingsTest, AnEventOfAnOlderVersionDoesNotBringItBack) {
  const std::string old_key = PutReadable(kVersion1, {"cũ"});
  const std::string new_key = PutReadable(kVersion2, {"mới"});
  metadata_.versions = {{kVersion1, old_key}, {kVersion2, new_key}};
  SayReadable(kVersion2, new_key);
  SayReadable(kVersion1, old_key);
  EXPECT_EQ(Find("mới").size(), 1u);
  EXPECT_TRUE(Find("cũ").empty());
  EXPECT_EQ(Count(), 1u);
}

TEST_F(EmbeddingsTest, TheLatestEditOfASegmentWins) {
  const std::string key = PutReadable(kVersion1, {"Xin trào.", "Tạm biệt."});
  metadata_.versions = {{kVersion1, key}};
  SayReadable(kVersion1, key);
  metadata_.edits = {{kVersion1, 0, "Xin tráo.", "S1"},
                     {kVersion1, 0, "Xin chào.", ""},
                     {kVersion2, 1, "của bản khác", ""}};
  SayEdited(kVersion1);
  EXPECT_TRUE(Find("tráo").empty() || Find("tráo")[0].point.text == "Xin chào.");
  const auto hits = Find("chào");
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].point.text, "Xin chào.");
  EXPECT_EQ(hits[0].point.speaker, "S1");
  EXPECT_EQ(Find("tạm biệt").size(), 1u);
}

TEST_F(EmbeddingsTest, ASegmentEditedToNothingStillCountsForTheLedger) {
  const std::string key = PutReadable(kVersion1, {"ờ ờ", "Tạm biệt."});
  metadata_.versions = {{kVersion1, key}};
  metadata_.edits = {{kVersion1, 0, "", ""}};
  SayReadable(kVersion1, key);
  EXPECT_EQ(Count(), 2u);
  EXPECT_TRUE(Find("ờ").empty());
  EXPECT_EQ(Said().back().points, 2);
}

TEST_F(EmbeddingsTest, ADeletedRecordingHasNoPointsWhateverComesLate) {
  const std::string key = PutReadable(kVersion1, {"Xin chào."});
  metadata_.versions = {{kVersion1, key}};
  SayReadable(kVersion1, key);
  metadata_.present = false;
  SayDeleted();
  EXPECT_EQ(Count(), 0u);
  cause_.id = RandomUuid();  // another event about the same version
  SayReadable(kVersion1, key);
  EXPECT_EQ(Count(), 0u);
  EXPECT_EQ(Said().size(), 1u);
}

TEST_F(EmbeddingsTest, ADeletionDuringIndexingLeavesNoPoints) {
  const std::string key = PutReadable(kVersion1, {"Xin chào."});
  metadata_.versions = {{kVersion1, key}};
  metadata_.after_answer = [](FakeMetadata& metadata) { metadata.present = false; };
  SayReadable(kVersion1, key);
  EXPECT_EQ(Count(), 0u);
  EXPECT_TRUE(Said().empty());
}

TEST_F(EmbeddingsTest, AnEditDuringIndexingIsIndexedToo) {
  const std::string key = PutReadable(kVersion1, {"Xin trào."});
  metadata_.versions = {{kVersion1, key}};
  metadata_.after_answer = [](FakeMetadata& metadata) {
    metadata.edits = {{kVersion1, 0, "Xin chào.", ""}};
  };
  SayReadable(kVersion1, key);
  ASSERT_EQ(Find("xin").size(), 1u);
  EXPECT_EQ(Find("xin")[0].point.text, "Xin chào.");
}

TEST_F(EmbeddingsTest, DeliveryRule4_ATranscriptThatIsDamagedIsADeadLetterAtOnce) {
  const std::string key = ReadableTranscriptKey("a", kRecording, kVersion1);
  VANG_ASSERT_OK(objects_->Put(Context(), key, "{}"));
  metadata_.versions = {{kVersion1, key}};
  SayReadable(kVersion1, key);
  const auto letters = bus_->ListDeadLetters(Context(), "a", "", 10);
  VANG_ASSERT_OK(letters);
  ASSERT_EQ(letters->size(), 1u);
  EXPECT_EQ((*letters)[0].code, "DATA_LOSS");
  EXPECT_EQ(Count(), 0u);
}

TEST_F(EmbeddingsTest, DeliveryRule6_TheIndexDroppedAndRebuiltIsTheSame) {
  RecordingIngested ingested;
  ingested.recording_id = kRecording;
  ingested.upload_id = RandomUuid();
  ingested.sha256 = std::string(64, 'a');
  ingested.object_key = "a/audio/x";
  ingested.bytes = 1;
  ingested.media_type = "audio/wav";
  Publish(ToEvent(ingested, "a", "ingestion", clock_.Now()));
  const std::string key = PutReadable(kVersion1, {"Xin trào.", "Tạm biệt."});
  metadata_.versions = {{kVersion1, key}};
  metadata_.edits = {{kVersion1, 0, "Xin chào.", "S1"}};
  SayReadable(kVersion1, key);
  const auto hash = *index_->ContentHash(Context());
  module_->Stop(Duration(10'000));
  module_ = nullptr;
  // A point of a recording that is gone goes with the rebuild.
  Point stray;
  stray.id = "stray";
  stray.tenant = "a";
  stray.recording_id = "gone";
  stray.text = "lạc";
  VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", "gone", {stray}));
  const auto rebuilt = RebuildIndex(Context(), ports_);
  VANG_ASSERT_OK(rebuilt);
  EXPECT_EQ(rebuilt->recordings, 1);
  EXPECT_EQ(rebuilt->points, 2);
  EXPECT_EQ(*index_->ContentHash(Context()), hash);
}

}  // namespace
}  // namespace vang
