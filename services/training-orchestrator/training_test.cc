// The whole service over the real SQLite and file adapters; metadata and asr are played by small
// upstreams, since a service knows the others only as such.
#include <chrono>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"
#include "libs/base/manual_clock.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/common/schema.h"
#include "libs/common/transcript.h"
#include "services/training-orchestrator/module.h"

namespace vang {
namespace {

struct Edit {
  std::string id;
  int segment = 0;
  std::string text;
  std::string speaker;  // empty = none
};

// Answers GET /internal/v1/recordings/{id} out of what the test put there.
class FakeMetadata : public Upstream {
 public:
  struct Recording {
    std::string tenant;
    std::string version_id;
    std::string readable_key;
    std::vector<Edit> edits;
    std::map<std::string, std::string> speakers;
  };
  std::map<std::string, Recording> recordings;
  std::mutex mutex;

  Result<http::Response> Send(const Context&, http::Request& request) override {
    std::lock_guard<std::mutex> lock(mutex);
    const std::string id = request.path.substr(request.path.rfind('/') + 1);
    const auto found = recordings.find(id);
    if (found == recordings.end() || found->second.tenant != request.tenant) {
      return http::Problem(NotFound("no recording"));
    }
    const Recording& r = found->second;
    const std::string at = FormatTime(0);
    JsonObject speakers;
    for (const auto& [label, name] : r.speakers) speakers[label] = name;
    JsonArray edits;
    for (const Edit& e : r.edits) {
      edits.push_back(
          JsonObject{{"id", e.id},
                     {"version_id", r.version_id},
                     {"segment", e.segment},
                     {"old_text", "x"},
                     {"new_text", e.text},
                     {"speaker", e.speaker.empty() ? JsonValue(nullptr) : JsonValue(e.speaker)},
                     {"author", "local"},
                     {"at", at}});
    }
    JsonObject rows{
        {"recording",
         JsonObject{
             {"id", id},
             {"title", "t"},
             {"file_name", "f"},
             {"media_type", "audio/wav"},
             {"bytes", 1},
             {"duration", 9.0},
             {"speech_duration", 8.0},
             {"status", "completed"},
             {"status_detail", ""},
             {"failure", nullptr},
             {"stages",
              JsonObject{{"ingested", at}, {"transcribed", at}, {"readable", at}, {"indexed", at}}},
             {"created_at", at},
             {"updated_at", at},
             {"tags", JsonArray{}},
             {"speakers", speakers},
             {"version", 1}}},
        {"current_version", r.version_id},
        {"versions", JsonArray{JsonObject{{"version_id", r.version_id},
                                          {"number", 1},
                                          {"model_id", "m"},
                                          {"raw_key", "a/raw"},
                                          {"readable_key", r.readable_key},
                                          {"segments", 2},
                                          {"words", 4},
                                          {"indexed_points", 2},
                                          {"created_at", at}}}},
        {"edits", edits},
        {"sha256", std::string(64, 'a')},
        {"object_key", AudioKey(r.tenant, std::string(64, 'a'))}};
    return http::JsonResponse(200, WriteJson(rows));
  }
};

// Answers POST /internal/v1/models/validate: 422 for the ids in `broken`.
class FakeAsr : public Upstream {
 public:
  std::set<std::string> broken;
  std::vector<std::string> tried;

  Result<http::Response> Send(const Context& context, http::Request& request) override {
    VANG_ASSIGN_OR_RETURN(const JsonValue body, request.ReadJson(context));
    const std::string id = JsonReader(body).String("id");
    tried.push_back(id);
    if (broken.contains(id)) {
      return http::Problem(422, InvalidArgument("the recogniser died: bad protobuf"));
    }
    return http::TextResponse(204, "text/plain", "");
  }
};

class TrainingTest : public testing::Test {
 protected:
  void SetUp() override {
    auto bus = OpenSqliteEventBus({(folder_.path() / "events.db").string(), &clock_});
    auto registry = OpenSqliteRegistryStore({(folder_.path() / "registry.db").string()});
    auto objects = OpenFsObjectStore({folder_.path() / "objects"});
    VANG_ASSERT_OK(bus);
    VANG_ASSERT_OK(registry);
    VANG_ASSERT_OK(objects);
    bus_ = std::move(*bus);
    registry_ = std::move(*registry);
    objects_ = std::move(*objects);
    default_folder_ = MakeModel("vang-one");
    Start();
  }

  void TearDown() override {
    if (module_ != nullptr) module_->Stop(Duration(5'000));
  }

  void Start() {
    module_ = MakeTraining(
        {registry_.get(), objects_.get(), bus_.get(), &metadata_, &asr_, &clock_, &metrics_},
        {default_folder_});
    VANG_ASSERT_OK(module_->Start(context_));
  }

  std::string MakeModel(const std::string& name) {
    const auto path = folder_.path() / "models" / name;
    std::filesystem::create_directories(path);
    std::ofstream(path / "model.onnx") << "x";
    std::ofstream(path / "tokens.txt") << "a 0\n";
    std::ofstream(path / "model.json") << R"({"license": "Apache-2.0"})";
    return path.string();
  }

  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& body = "", const std::string& tenant = "local") {
    http::Request request;
    request.method = method;
    EXPECT_THAT(http::ParseTarget(target, &request), IsOk());
    request.tenant = tenant;
    request.request_id = "q";
    if (!body.empty()) request.body = http::StringBody(body);
    return module_->router()->Handle(context_, request);
  }

  // A recording with a readable transcript of two segments.
  std::string AddRecording(const std::string& tenant = "local") {
    const std::string id = RandomUuid();
    ReadableTranscript transcript;
    transcript.recording_id = id;
    transcript.version_id = TranscriptVersionId(id, "m");
    transcript.model_id = "m";
    transcript.audio_seconds = 9;
    transcript.segments = {{0.5, 3, 0.9, "xin trào", {}}, {4, 8.25, 0.9, "tạm biệt", {}}};
    const std::string key = ReadableTranscriptKey(tenant, id, transcript.version_id);
    EXPECT_THAT(objects_->Put(context_, key, EncodeReadableTranscript(transcript)), IsOk());
    std::lock_guard<std::mutex> lock(metadata_.mutex);
    metadata_.recordings[id] = {tenant, transcript.version_id, key, {}, {}};
    return id;
  }

  // An edit as metadata makes it: the row first, then the event.
  Event Correct(const std::string& recording, int segment, const std::string& text,
                const std::string& speaker = "") {
    TranscriptEdited edited;
    edited.recording_id = recording;
    edited.version_id = TranscriptVersionId(recording, "m");
    edited.edit_id = RandomUuid();
    edited.segment = segment;
    edited.old_text = "x";
    edited.new_text = text;
    edited.author = "local";
    std::string tenant;
    {
      std::lock_guard<std::mutex> lock(metadata_.mutex);
      auto& row = metadata_.recordings[recording];
      row.edits.push_back({edited.edit_id, segment, text, speaker});
      tenant = row.tenant;
    }
    const Event event = ToEvent(edited, tenant, "metadata", clock_.Now());
    Publish(event);
    return event;
  }

  void DeleteRecording(const std::string& recording) {
    std::string tenant;
    {
      std::lock_guard<std::mutex> lock(metadata_.mutex);
      tenant = metadata_.recordings[recording].tenant;
      metadata_.recordings.erase(recording);
    }
    RecordingDeleted deleted{recording, RandomUuid(), std::string(64, 'a'), "local"};
    Publish(ToEvent(deleted, tenant, "metadata", clock_.Now()));
  }

  // Publishes and waits until the service has settled it.
  void Publish(const Event& event) {
    VANG_ASSERT_OK(bus_->Publish(context_, event));
    Settle();
  }

  void Settle() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end) {
      const auto states = bus_->Consumers(context_);
      ASSERT_THAT(states, IsOk());
      for (const ConsumerState& state : *states) {
        if (state.name == "training-orchestrator" && state.pending + state.in_flight == 0) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL() << "the service did not settle its events";
  }

  std::vector<Event> Published(std::string_view subject) {
    std::vector<Event> events;
    const auto stored = bus_->Read(context_, 0, 1'000);
    EXPECT_THAT(stored, IsOk());
    for (const auto& [sequence, event] : *stored) {
      if (event.subject == subject) events.push_back(event);
    }
    return events;
  }

  JsonValue Json(const http::Response& response, std::string_view schema) {
    auto value = ParseJson(response.body);
    EXPECT_THAT(value, IsOk()) << response.body;
    EXPECT_THAT(CheckSchema(schema, *value), IsOk()) << response.body;
    return *value;
  }

  const Context context_ = Context().WithTimeout(std::chrono::seconds(120));
  TempFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  FakeMetadata metadata_;
  FakeAsr asr_;
  std::string default_folder_;
  std::unique_ptr<EventBus> bus_;
  std::unique_ptr<RegistryStore> registry_;
  std::unique_ptr<ObjectStore> objects_;
  std::unique_ptr<Module> module_;
};

TEST_F(TrainingTest, CorrectionsBecomeADatasetWithTimesAndText) {
  const std::string recording = AddRecording();
  Correct(recording, 1, "tạm biệt nhé");
  const auto response = Send("POST", "/v1/datasets", R"({"name":"sửa"})");
  ASSERT_EQ(response.status, 201) << response.body;
  const JsonValue body = Json(response, "dataset");
  EXPECT_EQ(body.at("items").as_int64(), 1);
  EXPECT_EQ(body.at("seconds").to_number<double>(), 4.25);
  const std::string id(body.at("id").as_string());
  EXPECT_EQ(response.headers.Get("Location"), "/v1/datasets/" + id);
  const auto manifest = Send("GET", "/v1/datasets/" + id + "/manifest");
  EXPECT_EQ(manifest.headers.Get("Content-Type"), "application/x-ndjson");
  EXPECT_NE(manifest.body.find("\"text\":\"tạm biệt nhé\""), std::string::npos) << manifest.body;
  EXPECT_NE(manifest.body.find("\"offset\":4"), std::string::npos) << manifest.body;
  EXPECT_EQ(objects_->Get(context_, "local/datasets/" + id + "/manifest.jsonl").value(),
            manifest.body);
  const auto ready = Published("dataset.ready");
  ASSERT_EQ(ready.size(), 1u);
  VANG_EXPECT_OK(CheckSchema("dataset.ready", ready[0].data));
}

TEST_F(TrainingTest, OnlyTheLatestCorrectionOfASegmentCounts) {
  const std::string recording = AddRecording();
  Correct(recording, 0, "xin chao");
  Correct(recording, 0, "xin chào");
  Correct(recording, 1, "nhầm");
  Correct(recording, 1, "");  // there was nothing to hear after all
  const JsonValue body = Json(Send("POST", "/v1/datasets", R"({"name":"a"})"), "dataset");
  EXPECT_EQ(body.at("items").as_int64(), 1);
  const auto manifest =
      Send("GET", "/v1/datasets/" + std::string(body.at("id").as_string()) + "/manifest");
  EXPECT_NE(manifest.body.find("xin chào"), std::string::npos);
}

TEST_F(TrainingTest, DeliveryRule1_TheSameEditTwiceIsOneCorrection) {
  const std::string recording = AddRecording();
  Correct(recording, 0, "xin chào");
  VANG_ASSERT_OK(bus_->Replay(context_, "training-orchestrator", "transcript.edited", {}));
  Settle();
  EXPECT_EQ(registry_->ListCorrections(context_, "local")->size(), 1u);
}

TEST_F(TrainingTest, NoSpeakerIsInTwoSplits) {
  for (int r = 0; r < 12; ++r) {
    const std::string recording = AddRecording();
    {
      std::lock_guard<std::mutex> lock(metadata_.mutex);
      metadata_.recordings[recording].speakers = {{"S1", "Lan " + std::to_string(r % 4)}};
    }
    Correct(recording, 0, "một", "S1");
    Correct(recording, 1, "hai", "S2");
  }
  const JsonValue body = Json(Send("POST", "/v1/datasets", R"({"name":"a"})"), "dataset");
  const auto dataset =
      registry_->GetDataset(context_, "local", std::string(body.at("id").as_string()));
  VANG_ASSERT_OK(dataset);
  ASSERT_EQ(dataset->items.size(), 24u);
  std::map<std::string, std::set<std::string>> splits;
  for (const DatasetItem& item : dataset->items) splits[item.speaker].insert(item.split);
  EXPECT_EQ(splits.size(), 4u + 12u);
  for (const auto& [speaker, in] : splits) EXPECT_EQ(in.size(), 1u) << speaker;
}

TEST_F(TrainingTest, ADeletedRecordingLeavesNothingBehind) {
  const std::string gone = AddRecording();
  const std::string stays = AddRecording();
  Correct(gone, 0, "bí mật");
  Correct(stays, 0, "công khai");
  const JsonValue body = Json(Send("POST", "/v1/datasets", R"({"name":"a"})"), "dataset");
  const std::string id(body.at("id").as_string());
  DeleteRecording(gone);
  EXPECT_EQ(registry_->ListCorrections(context_, "local")->size(), 1u);
  for (const std::string& text :
       {Send("GET", "/v1/datasets/" + id + "/manifest").body,
        objects_->Get(context_, "local/datasets/" + id + "/manifest.jsonl").value()}) {
    EXPECT_EQ(text.find("bí mật"), std::string::npos);
    EXPECT_NE(text.find("công khai"), std::string::npos);
  }
  // An edit that comes late, or again, does not bring it back.
  VANG_ASSERT_OK(bus_->Replay(context_, "training-orchestrator", "transcript.edited", {}));
  Settle();
  EXPECT_EQ(registry_->ListCorrections(context_, "local")->size(), 1u);
}

TEST_F(TrainingTest, AnEditOfASegmentThatIsNotThereIsADeadLetter) {
  const std::string recording = AddRecording();
  Correct(recording, 7, "x");
  const auto letters = bus_->ListDeadLetters(context_, "local", "", 10);
  VANG_ASSERT_OK(letters);
  ASSERT_EQ(letters->size(), 1u);
  EXPECT_EQ((*letters)[0].consumer, "training-orchestrator");
  EXPECT_TRUE(Published("recording.failed").empty());
}

TEST_F(TrainingTest, ADatasetIsOfItsTenantOnly) {
  Correct(AddRecording("a"), 0, "của a");
  EXPECT_EQ(Send("POST", "/v1/datasets", R"({"name":"x"})", "b").status, 409);
  const JsonValue body = Json(Send("POST", "/v1/datasets", R"({"name":"x"})", "a"), "dataset");
  const std::string path = "/v1/datasets/" + std::string(body.at("id").as_string());
  EXPECT_EQ(Send("GET", path, "", "a").status, 200);
  EXPECT_EQ(Send("GET", path, "", "b").status, 404);
  EXPECT_EQ(Send("GET", path + "/manifest", "", "b").status, 404);
  EXPECT_TRUE(
      Json(Send("GET", "/v1/datasets", "", "b"), "dataset-list").at("data").as_array().empty());
}

TEST_F(TrainingTest, DatasetsAreVersionedAndListedInPages) {
  Correct(AddRecording(), 0, "một");
  for (int i = 1; i <= 3; ++i) {
    clock_.Advance(Duration(1'000));
    const JsonValue body = Json(Send("POST", "/v1/datasets", R"({"name":"a"})"), "dataset");
    EXPECT_EQ(body.at("version").as_int64(), i);
  }
  const JsonValue first = Json(Send("GET", "/v1/datasets?limit=2"), "dataset-list");
  EXPECT_EQ(first.at("data").as_array().size(), 2u);
  EXPECT_TRUE(first.at("has_more").as_bool());
  const std::string cursor(first.at("next_cursor").as_string());
  const JsonValue second =
      Json(Send("GET", "/v1/datasets?limit=2&cursor=" + cursor), "dataset-list");
  EXPECT_EQ(second.at("data").as_array().size(), 1u);
  EXPECT_FALSE(second.at("has_more").as_bool());
}

TEST_F(TrainingTest, DeliveryRule2_ADatasetThatACrashLeftUnannouncedIsAnnouncedAtTheNextStart) {
  Correct(AddRecording(), 0, "một");
  module_->Stop(Duration(5'000));
  Dataset dataset;
  dataset.id = RandomUuid();
  dataset.tenant = "local";
  dataset.name = "a";
  dataset.created_at = clock_.Now();
  dataset.manifest_key = "local/datasets/" + dataset.id + "/manifest.jsonl";
  dataset.items = registry_->ListCorrections(context_, "local").value();
  VANG_ASSERT_OK(registry_->AddDataset(context_, dataset));
  Start();
  ASSERT_EQ(Published("dataset.ready").size(), 1u);
  VANG_EXPECT_OK(objects_->Stat(context_, dataset.manifest_key));
  module_->Stop(Duration(5'000));
  Start();
  EXPECT_EQ(Published("dataset.ready").size(), 1u);
}

TEST_F(TrainingTest, BadRequestsSayWhatIsWrong) {
  EXPECT_EQ(Send("POST", "/v1/datasets").status, 400);
  EXPECT_EQ(Send("POST", "/v1/datasets", "{").status, 400);
  const auto unknown = Send("POST", "/v1/datasets", R"({"name":"a","size":1})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.body.find("size"), std::string::npos) << unknown.body;
  EXPECT_EQ(Send("POST", "/v1/datasets", R"({"name":"a"})").status, 409);
  EXPECT_EQ(Send("GET", "/v1/datasets?limit=0").status, 400);
  EXPECT_EQ(Send("GET", "/v1/datasets?page=2").status, 400);
  EXPECT_EQ(Send("GET", "/v1/datasets?cursor=x").status, 400);
  EXPECT_EQ(Send("GET", "/v1/datasets/none").status, 404);
}

TEST_F(TrainingTest, TheModelThatShipsIsTheFirstChampion) {
  const JsonValue champion = *ParseJson(Send("GET", "/internal/v1/models/champion").body);
  EXPECT_EQ(champion.at("id").as_string(), "vang-one");
  EXPECT_EQ(champion.at("family").as_string(), "vang_ctc");
  const JsonValue list = Json(Send("GET", "/v1/models"), "model-list");
  ASSERT_EQ(list.at("data").as_array().size(), 1u);
  EXPECT_TRUE(list.at("data").at(0).at("champion").as_bool());
  EXPECT_EQ(list.at("data").at(0).at("card").at("license").as_string(), "Apache-2.0");
  EXPECT_EQ(Published("model.promoted").size(), 1u);
  // Where it lies is the operator's business.
  EXPECT_TRUE(Json(Send("GET", "/v1/models", "", "a"), "model-list")
                  .at("data")
                  .at(0)
                  .at("folder")
                  .is_null());
}

TEST_F(TrainingTest, PromoteMovesTheChampionAndRollbackMovesItBack) {
  const std::string folder = MakeModel("two");
  const auto added = Send("POST", "/v1/models", R"({"folder":")" + folder + "\"}");
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_FALSE(Json(added, "model").at("champion").as_bool());
  const auto promoted = Send("POST", "/v1/models/two/promote");
  ASSERT_EQ(promoted.status, 200) << promoted.body;
  EXPECT_TRUE(Json(promoted, "model").at("champion").as_bool());
  const auto back = Send("POST", "/v1/models/rollback");
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(Json(back, "model").at("id").as_string(), "vang-one");
  EXPECT_EQ(Send("POST", "/v1/models/rollback").status, 409);
  const auto events = Published("model.promoted");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].data.at("action").as_string(), "promote");
  EXPECT_EQ(events[2].data.at("action").as_string(), "rollback");
  // What changed the champion once is not said again by a restart.
  module_->Stop(Duration(5'000));
  Start();
  EXPECT_EQ(Published("model.promoted").size(), 3u);
}

TEST_F(TrainingTest, AModelThatDoesNotDecodeChangesNothing) {
  const std::string folder = MakeModel("two");
  asr_.broken = {"two"};
  const auto refused = Send("POST", "/v1/models", R"({"folder":")" + folder + "\"}");
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("bad protobuf"), std::string::npos) << refused.body;
  EXPECT_EQ(Send("POST", "/v1/models/two/promote").status, 404);
  asr_.broken = {};
  ASSERT_EQ(Send("POST", "/v1/models", R"({"folder":")" + folder + "\"}").status, 201);
  asr_.broken = {"two"};
  EXPECT_EQ(Send("POST", "/v1/models/two/promote").status, 422);
  EXPECT_EQ(ParseJson(Send("GET", "/internal/v1/models/champion").body)->at("id").as_string(),
            "vang-one");
  EXPECT_EQ(Published("model.promoted").size(), 1u);
}

TEST_F(TrainingTest, AFolderThatIsNoModelIsRefusedBeforeItIsTried) {
  std::filesystem::create_directories(folder_.path() / "empty");
  const std::string empty = (folder_.path() / "empty").string();
  EXPECT_EQ(Send("POST", "/v1/models", R"({"folder":")" + empty + "\"}").status, 422);
  EXPECT_EQ(Send("POST", "/v1/models", R"({"folder":"models/x"})").status, 400);
  EXPECT_EQ(Send("POST", "/v1/models", R"({"folder":"/nowhere"})").status, 400);
  EXPECT_TRUE(asr_.tried.empty());
}

TEST_F(TrainingTest, ModelsAreTheOperatorsToChange) {
  EXPECT_EQ(Send("POST", "/v1/models", R"({"folder":"/x"})", "a").status, 403);
  EXPECT_EQ(Send("POST", "/v1/models/vang-one/promote", "", "a").status, 403);
  EXPECT_EQ(Send("POST", "/v1/models/rollback", "", "a").status, 403);
}

TEST_F(TrainingTest, WithoutAModelItRunsAndSaysSo) {
  module_->Stop(Duration(5'000));
  module_.reset();
  auto registry = OpenSqliteRegistryStore({(folder_.path() / "other.db").string()});
  VANG_ASSERT_OK(registry);
  registry_ = std::move(*registry);
  default_folder_ = (folder_.path() / "missing").string();
  Start();
  EXPECT_EQ(Send("GET", "/internal/v1/models/champion").status, 404);
  bool red = false;
  for (const Health& health : module_->Check(context_)) red |= !health.ready;
  EXPECT_TRUE(red);
}

TEST_F(TrainingTest, DeliveryRule7_AStoppedConsumerTurnsReadyRed) {
  for (const Health& health : module_->Check(context_)) EXPECT_TRUE(health.ready) << health.detail;
  module_->Stop(Duration(5'000));
  EXPECT_FALSE(module_->Check(context_)[0].ready);
}

}  // namespace
}  // namespace vang
