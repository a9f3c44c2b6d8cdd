// `vang import` of a folder that a real `vang serve` has filled into real servers, killed on its
// way and run again; then the eight services show what the one process showed.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "tests/support/api_client.h"
#include "tests/support/sample_audio.h"
#include "tests/support/tiny_models.h"
#include "tests/support/vang_cluster.h"

namespace vang {
namespace {

using testing::HasSubstr;

constexpr char kJson[] = "application/json";
constexpr char kEdited[] = "Quốc hội thông qua luật đất đai.";

// A key made on the folder, while no server has it.
std::string MakeKey(const std::filesystem::path& data, const std::string& tenant) {
  const auto made = RunVang({"--json", "keys", "create", "--data", data, "--tenant", tenant,
                             "--scope=read", "--scope=write", "--scope=admin", "key of " + tenant});
  EXPECT_THAT(made, IsOk());
  EXPECT_TRUE(made->exit.ok()) << made->error;
  return TextAt(ParseJson(made->output).value(), "/key");
}

template <typename Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

// The answer; of a refusal its status, because its body names the request.
std::string Body(ApiClient& client, const std::string& target) {
  const auto answer = client.Send("GET", target);
  if (!answer.ok()) return answer.status().ToString();
  return std::to_string(answer->status) + (answer->status < 400 ? " " + answer->body : "");
}

// All that a tenant can see, by what it asks for; sound by its hash.
std::map<std::string, std::string> AllOf(ApiClient& client) {
  std::map<std::string, std::string> seen;
  for (const char* target : {"/v1/recordings", "/v1/models", "/v1/keys", "/v1/dead-letters",
                             "/v1/datasets", "/v1/recordings?tag=h%E1%BB%8Dp"}) {
    seen[target] = Body(client, target);
  }
  for (const std::string question : {"khong khi", "đất đai", "luật", "xin chào", "nước"}) {
    const std::string target = "/v1/search?q=" + http::PercentEncode(question);
    const auto answer = client.Get(target);
    EXPECT_THAT(answer, IsOk());
    seen[target] = answer.ok() ? WriteJson(answer->at("data")) : "";
  }
  const auto recordings = client.List("/v1/recordings");
  EXPECT_THAT(recordings, IsOk());
  for (const JsonValue& recording : *recordings) {
    const std::string target = "/v1/recordings/" + TextAt(recording, "/id");
    seen[target] = Body(client, target);
    for (const char* format : {"json", "srt", "txt"}) {
      const std::string transcript = target + "/transcript?format=" + format;
      seen[transcript] = Body(client, transcript);
    }
    seen[target + "/audio"] = Sha256Hex(Body(client, target + "/audio"));
  }
  const auto datasets = client.List("/v1/datasets");
  EXPECT_THAT(datasets, IsOk());
  for (const JsonValue& dataset : *datasets) {
    const std::string target = "/v1/datasets/" + TextAt(dataset, "/id") + "/manifest";
    seen[target] = Body(client, target);
  }
  return seen;
}

std::vector<std::string> EventsOf(EventBus& bus) {
  std::vector<std::string> events;
  const auto read = bus.Read(Context(), 0, 100'000);
  EXPECT_THAT(read, IsOk());
  for (const auto& [sequence, event] : *read) events.push_back(EncodeEvent(event));
  return events;
}

class ImportTest : public testing::Test {
 protected:
  void SetUp() override {
    auto cluster = VangCluster::StartServersAlone();
    VANG_ASSERT_OK(cluster);
    cluster_ = std::move(*cluster);
  }

  VangServer Serve() {
    VangServer::Options options;
    options.data = data_;
    // So that it asks for keys.
    options.listen = "0.0.0.0:0";
    auto server = VangServer::Start(options);
    EXPECT_THAT(server, IsOk());
    return std::move(*server);
  }
  CommandResult Import(std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"--json", "import",   "--data",
                                     data_,    "--config", cluster_->settings()};
    args.insert(args.end(), more.begin(), more.end());
    const auto result = RunVang(std::move(args));
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *result : CommandResult();
  }
  // Starts it and kills it; whether it was quicker than that.
  bool ImportKilledWhen(const std::function<bool()>& due) {
    Subprocess::Options child;
    child.program = std::string(VANG_BINARY_DIR) + "/bin/vang";
    child.args = {"--quiet", "import", "--data", data_, "--config", cluster_->settings()};
    child.env = ProgramEnvironment({});
    auto process = Subprocess::Start(std::move(child));
    EXPECT_THAT(process, IsOk());
    while (!due()) {
      if (const auto exit = process->Wait(Context(), Duration(1)); exit.ok()) {
        EXPECT_TRUE(exit->ok()) << exit->ToString();
        return true;
      }
    }
    process->Kill();
    const auto exit = process->Wait(Context(), Duration(60'000));
    EXPECT_THAT(exit, IsOk());
    return exit.ok() && exit->ok();
  }
  std::uint64_t MarksSize() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(data_ / "import.state", error);
    return error ? 0 : size;
  }
  // What the servers hold, by programs that are not ours.
  std::string Schemas() {
    const auto output = cluster_->postgres().Run(
        "psql",
        {"--dbname", cluster_->tables().database, "--tuples-only", "--no-align", "-c",
         "SELECT count(*) FROM pg_namespace WHERE nspname='" + cluster_->tables().schema + "'"});
    EXPECT_THAT(output, IsOk());
    return output.ok() ? output->substr(0, 1) : "";
  }
  std::string Streams() {
    ApiClient monitor(cluster_->nats().monitor_url());
    const auto jsz = monitor.Get("/jsz");
    EXPECT_THAT(jsz, IsOk());
    return jsz.ok() ? WriteJson(jsz->at("streams")) : "";
  }
  bool BucketExists() {
    return std::filesystem::exists(cluster_->s3().data() / cluster_->objects().bucket);
  }

  TempFolder folder_;
  const std::filesystem::path data_ = folder_.path() / "data";
  std::unique_ptr<VangCluster> cluster_;
};

TEST_F(ImportTest, WhatOneProcessShowedTheEightServicesShow) {
  const std::string news_key = MakeKey(data_, "news");
  const std::string court_key = MakeKey(data_, "court");
  const std::string owner_key = MakeKey(data_, "local");
  std::map<std::string, std::string> news_before, court_before, owner_before;
  {
    VangServer server = Serve();
    const std::string url = "http://127.0.0.1" + server.url().substr(server.url().rfind(':'));
    ApiClient news(url, news_key), court(url, court_key), owner(url, owner_key);
    std::vector<std::string> ids;
    for (std::uint64_t i = 0; i < 4; ++i) {
      const auto id = news.Upload(SampleWav(2.0 + static_cast<double>(i), i), "tin.wav");
      VANG_ASSERT_OK(id);
      ids.push_back(*id);
      VANG_ASSERT_OK(news.WaitUntilDone(*id));
    }
    const auto heard = court.Upload(SampleWav(1e9, 9), "tòa.wav");
    VANG_ASSERT_OK(heard);
    VANG_ASSERT_OK(court.WaitUntilDone(*heard));
    // One that fails, for a dead letter.
    std::string noise;
    for (unsigned i = 0; i < 100'000; ++i) noise += static_cast<char>(i * 2'654'435'761U >> 13);
    const auto failed = court.Upload(noise, "hỏng.bin");
    VANG_ASSERT_OK(failed);
    VANG_ASSERT_OK(court.WaitUntilDone(*failed));

    const auto transcript = news.Get("/v1/recordings/" + ids[3] + "/transcript");
    VANG_ASSERT_OK(transcript);
    JsonObject edit;
    edit["segment"] = 0;
    edit["old_text"] = TextAt(*transcript, "/segments/0/text");
    edit["new_text"] = kEdited;
    VANG_ASSERT_OK(news.Post("/v1/recordings/" + ids[3] + "/edits", WriteJson(edit)));
    EXPECT_EQ(news.Send("PATCH", "/v1/recordings/" + ids[1], R"({"title":"Họp tổ","tags":["họp"]})",
                        {{"Content-Type", kJson}})
                  ->status,
              200);
    EXPECT_EQ(news.Send("DELETE", "/v1/recordings/" + ids[2])->status, 200);
    ASSERT_TRUE(Eventually([&] {
      const auto made =
          news.Send("POST", "/v1/datasets", R"({"name":"sửa"})", {{"Content-Type", kJson}});
      return made.ok() && made->status == 201;
    }));
    // The recordings were heard by the model before it, and must stay so.
    tiny::WriteVangCtc(folder_.path() / "tiny");
    for (std::vector<std::string> words :
         {std::vector<std::string>{"add", folder_.path() / "tiny"}, {"promote", "tiny"}}) {
      words.insert(words.begin(), "models");
      words.insert(words.end(), {"--url", url});
      const auto done = RunVang(words, {"VANG_API_KEY=" + owner_key});
      VANG_ASSERT_OK(done);
      EXPECT_TRUE(done->exit.ok()) << done->error;
    }
    ASSERT_TRUE(Eventually([&] {
      const std::string ready = Body(news, "/readyz?verbose");
      return ready.find(R"("name":"embeddings","ready":true,"detail":"0 pending, 0 in work")") !=
                 std::string::npos &&
             news.Get("/v1/search?q=" + http::PercentEncode("luật đất đai"))
                     ->at("data")
                     .as_array()
                     .size() > 0;
    }));
    news_before = AllOf(news);
    court_before = AllOf(court);
    owner_before = AllOf(owner);
    EXPECT_THAT(owner_before["/v1/models"], HasSubstr("tiny"));
    EXPECT_THAT(court_before["/v1/dead-letters"], HasSubstr("asr"));

    const CommandResult refused = Import();
    EXPECT_EQ(refused.exit, (ExitStatus{1, 0}));
    EXPECT_THAT(refused.error, HasSubstr("stop it first"));
    VANG_ASSERT_OK(server.Terminate());
  }
  // Something to be in the middle of.
  {
    const auto objects = OpenFsObjectStore({data_}).value();
    for (int i = 0; i < 60; ++i) {
      VANG_ASSERT_OK(objects->Put(Context(), "court/transcripts/old/" + std::to_string(i),
                                  std::string(50'000, static_cast<char>('a' + i % 26))));
    }
  }

  CommandResult result = Import({"--dry-run"});
  EXPECT_TRUE(result.exit.ok()) << result.error;
  EXPECT_EQ(Schemas(), "0");
  EXPECT_EQ(Streams(), "0");
  EXPECT_FALSE(BucketExists());
  EXPECT_FALSE(std::filesystem::exists(data_ / "import.state"));

  // As soon as some objects have been compared, and then later and later.
  EXPECT_FALSE(ImportKilledWhen([&] { return MarksSize() > 500; }));
  const std::uint64_t marked = MarksSize();
  int kills = 1;
  for (auto after = std::chrono::milliseconds(100);; after += after / 2) {
    const auto due = std::chrono::steady_clock::now() + after;
    if (ImportKilledWhen([&] { return std::chrono::steady_clock::now() > due; })) break;
    EXPECT_GE(MarksSize(), marked);
    ++kills;
  }
  EXPECT_GE(kills, 3);
  result = Import();
  ASSERT_TRUE(result.exit.ok()) << result.error;
  const JsonValue again = ParseJson(result.output).value();
  EXPECT_EQ(again.at("objects_there_before"), again.at("objects"));
  EXPECT_EQ(again.at("events_there_before"), again.at("events"));
  EXPECT_TRUE(again.at("rows_there_before").as_bool());
  EXPECT_EQ(again.at("objects_copied").as_int64(), 0);
  EXPECT_THAT(result.error, HasSubstr("The model tiny is loaded from"));

  const auto bus = OpenNatsEventBus({.urls = {cluster_->nats_url()}}).value();
  const std::vector<std::string> log = EventsOf(*bus);
  {
    const auto source = OpenSqliteEventBus({(data_ / "events.db").string()}).value();
    EXPECT_EQ(log, EventsOf(*source));
  }

  VANG_ASSERT_OK(cluster_->StartServices());
  ApiClient news(cluster_->url(), news_key), court(cluster_->url(), court_key);
  ApiClient owner(cluster_->url(), owner_key);
  // The index is made from the log.
  EXPECT_TRUE(Eventually([&] {
    const auto found = AllOf(news);
    for (const auto& [target, body] : news_before) {
      if (target.starts_with("/v1/search") && found.at(target) != body) return false;
    }
    return true;
  }));
  EXPECT_EQ(AllOf(news), news_before);
  EXPECT_EQ(AllOf(court), court_before);
  EXPECT_EQ(AllOf(owner), owner_before);
  for (const char* service : {"asr", "nlp-post", "metadata", "embeddings"}) {
    VANG_EXPECT_OK(cluster_->WaitUntilReady(service));
  }
  // Nothing was heard anew, and what is said again is known.
  EXPECT_EQ(EventsOf(*bus), log);

  // And on it goes.
  const auto id = news.Upload(SampleWav(2, 1'000), "mới.wav");
  VANG_ASSERT_OK(id);
  const auto done = news.WaitUntilDone(*id);
  VANG_ASSERT_OK(done);
  EXPECT_EQ(TextAt(*news.Get("/v1/recordings/" + *id + "/transcript"), "/model_id"), "tiny");

  // From now on it holds more than the folder.
  result = Import();
  EXPECT_EQ(result.exit, (ExitStatus{1, 0}));
  EXPECT_THAT(result.error, HasSubstr("already holds other data"));
}

TEST_F(ImportTest, BadTextIsNamedAndNothingIsChangedThere) {
  MakeKey(data_, "news");
  VANG_ASSERT_OK(Serve().Terminate());
  {
    const auto store = OpenSqliteMetadataStore({(data_ / "metadata.db").string()}).value();
    Recording row;
    row.id = "r1";
    row.tenant = "news";
    row.title = std::string("a\0b", 3);
    VANG_ASSERT_OK(store->Commit(Context(), {{}, {PutRecording{row}}, {}}));
  }
  const CommandResult result = Import();
  EXPECT_EQ(result.exit, (ExitStatus{1, 0}));
  EXPECT_THAT(result.error, HasSubstr("metadata.db: table recordings, row id=r1, column title"));
  EXPECT_EQ(Schemas(), "0");
  EXPECT_EQ(Streams(), "0");
  EXPECT_FALSE(BucketExists());
}

TEST_F(ImportTest, AFolderThatIsNoneIsNotMade) {
  const CommandResult result = Import();
  EXPECT_EQ(result.exit, (ExitStatus{5, 0}));
  EXPECT_THAT(result.error, HasSubstr("there is no Vang data in"));
  EXPECT_FALSE(std::filesystem::exists(data_));
}

}  // namespace
}  // namespace vang
