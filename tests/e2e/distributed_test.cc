// The distributed shape: eight services, NATS, PostgreSQL and S3, each a process, driven through
// the gateway as a client sees it, looked at from behind, and killed.
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/base/status_matchers.h"
#include "tests/support/api_client.h"
#include "tests/support/sample_audio.h"
#include "tests/support/vang_cluster.h"

namespace vang {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kJson[] = "application/json";

// One cluster for all tests of this program, with an admin of a tenant.
class Cluster : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = VangCluster::Start();
    ASSERT_THAT(started, IsOk());
    cluster_ = started->release();
    const auto news = cluster_->MakeKey("news", {"read", "write", "admin"});
    ASSERT_THAT(news, IsOk());
    news_ = new ApiClient(cluster_->url(), *news);
  }
  static void TearDownTestSuite() {
    delete news_;
    if (cluster_ != nullptr) {
      const auto ends = cluster_->Terminate();
      EXPECT_THAT(ends, IsOk());
      if (ends.ok()) {
        for (const auto& [service, end] : *ends) {
          EXPECT_TRUE(end.ok()) << service << " " << end.ToString();
        }
      }
    }
    delete cluster_;
  }
  void SetUp() override { ASSERT_TRUE(news_ != nullptr) << "there is no cluster"; }

  // The id of a new recording of the tenant `news`, once it is searchable; empty when it is not.
  static std::string Transcribed(std::uint64_t seed) {
    const auto id = news_->Upload(SampleWav(1e9, seed), "tin.wav");
    EXPECT_THAT(id, IsOk());
    if (!id.ok()) return "";
    const auto recording = news_->WaitUntilDone(*id);
    EXPECT_THAT(recording, IsOk());
    if (!recording.ok()) return "";
    EXPECT_EQ(TextAt(*recording, "/status"), "completed") << WriteJson(*recording);
    return *id;
  }

  static std::string FirstSegment(const std::string& id) {
    const auto transcript = news_->Get("/v1/recordings/" + id + "/transcript?format=json");
    EXPECT_THAT(transcript, IsOk());
    return transcript.ok() ? TextAt(*transcript, "/segments/0/text") : "";
  }

  // How many moments of the recording the search finds.
  static std::size_t Hits(ApiClient& client, const std::string& id, const std::string& question) {
    const auto hits =
        client.Get("/v1/search?recording_id=" + id + "&q=" + http::PercentEncode(question));
    EXPECT_THAT(hits, IsOk());
    return hits.ok() ? hits->at("data").as_array().size() : 0;
  }

  // Whether it comes true within a minute.
  static bool Eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  // The keys of all objects of a tenant, as the S3 server has them.
  static std::vector<std::string> Objects(const std::string& tenant) {
    std::vector<std::string> keys;
    const auto store = OpenS3ObjectStore(Context(), cluster_->objects());
    EXPECT_THAT(store, IsOk());
    if (!store.ok()) return keys;
    const auto objects = (*store)->List(Context(), tenant + "/", "", 1'000);
    EXPECT_THAT(objects, IsOk());
    if (!objects.ok()) return keys;
    for (const ObjectInfo& object : *objects) keys.push_back(object.key);
    return keys;
  }

  inline static VangCluster* cluster_ = nullptr;
  inline static ApiClient* news_ = nullptr;
};

TEST_F(Cluster, ARecordingGoesFromUploadToTranscriptWordsSubtitlesAndSearch) {
  const std::string id = Transcribed(1);
  const auto transcript = news_->Get("/v1/recordings/" + id + "/transcript?format=json");
  VANG_ASSERT_OK(transcript);
  const std::string text = TextAt(*transcript, "/segments/0/text");
  ASSERT_FALSE(text.empty());
  const JsonValue& words = transcript->at_pointer("/segments/0/words");
  ASSERT_GT(words.as_array().size(), 3U);
  double last = 0;
  for (const JsonValue& word : words.as_array()) {
    EXPECT_GE(word.at("start").to_number<double>(), last);
    EXPECT_GE(word.at("end").to_number<double>(), word.at("start").to_number<double>());
    last = word.at("start").to_number<double>();
  }
  const auto srt = news_->Send("GET", "/v1/recordings/" + id + "/transcript?format=srt");
  VANG_ASSERT_OK(srt);
  EXPECT_THAT(srt->body, testing::StartsWith("1\n00:00:0"));
  EXPECT_EQ(
      TextAt(*news_->Get("/v1/search?q=" + http::PercentEncode(text)), "/data/0/recording_id"), id);
}

TEST_F(Cluster, AudioComesInRangesAndProgressAsEvents) {
  const std::string wav = SampleWav(1e9, 2);
  const auto id = news_->Upload(wav, "tin.wav");
  VANG_ASSERT_OK(id);
  // Ends when the recording is done.
  const auto progress = news_->Send("GET", "/v1/recordings/" + *id + "/progress");
  VANG_ASSERT_OK(progress);
  EXPECT_EQ(progress->headers.Get("Content-Type"), "text/event-stream");
  std::vector<std::string> events;
  for (std::size_t at = 0; (at = progress->body.find("event: ", at)) != std::string::npos;) {
    at += 7;
    events.push_back(progress->body.substr(at, progress->body.find('\n', at) - at));
  }
  EXPECT_THAT(events, ElementsAre("ingested", "transcribed", "readable", "indexed", "completed"));

  const std::string path = "/v1/recordings/" + *id + "/audio";
  const auto whole = news_->Send("GET", path);
  VANG_ASSERT_OK(whole);
  EXPECT_EQ(whole->status, 200);
  EXPECT_EQ(whole->body, wav);
  const auto part = news_->Send("GET", path, "", {{"Range", "bytes=1000-2999"}});
  VANG_ASSERT_OK(part);
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->headers.Get("Content-Range"), "bytes 1000-2999/" + std::to_string(wav.size()));
  EXPECT_EQ(part->body, wav.substr(1'000, 2'000));
  EXPECT_EQ(news_->Send("GET", path, "", {{"Range", "bytes=99999999-"}})->status, 416);
}

TEST_F(Cluster, ACorrectionIsFound) {
  const std::string id = Transcribed(3);
  JsonObject edit;
  edit["segment"] = 0;
  edit["old_text"] = FirstSegment(id);
  edit["new_text"] = "Quốc hội thông qua luật đất đai.";
  VANG_ASSERT_OK(news_->Post("/v1/recordings/" + id + "/edits", WriteJson(edit)));
  EXPECT_EQ(FirstSegment(id), "Quốc hội thông qua luật đất đai.");
  EXPECT_TRUE(Eventually([&] {
    const auto hits =
        news_->Get("/v1/search?recording_id=" + id + "&q=" + http::PercentEncode("luật đất đai"));
    return hits.ok() && TextAt(*hits, "/data/0/text") == "Quốc hội thông qua luật đất đai.";
  }));
  // The text as it was is no longer what to correct.
  EXPECT_EQ(news_
                ->Send("POST", "/v1/recordings/" + id + "/edits", WriteJson(edit),
                       {{"Content-Type", kJson}})
                ->status,
            409);
}

TEST_F(Cluster, TheSameAudioAgainIsTheSameRecording) {
  const std::string id = Transcribed(4);
  const auto again = news_->Send("POST", "/v1/recordings?file_name=again.wav", SampleWav(1e9, 4));
  VANG_ASSERT_OK(again);
  EXPECT_EQ(again->status, 200) << again->body;
  EXPECT_EQ(TextAt(*ParseJson(again->body), "/id"), id);
}

TEST_F(Cluster, DeletingTakesEverythingAlong) {
  const auto before = Objects("news");
  const std::string id = Transcribed(5);
  const std::string text = FirstSegment(id);
  ASSERT_GT(Hits(*news_, id, text), 0U);
  EXPECT_GE(Objects("news").size(), before.size() + 3) << "audio, raw and readable transcript";
  EXPECT_EQ(news_->Send("DELETE", "/v1/recordings/" + id)->status, 200);
  for (const char* below : {"", "/audio", "/transcript", "/progress"}) {
    EXPECT_EQ(news_->Send("GET", "/v1/recordings/" + id + below)->status, 404) << below;
  }
  EXPECT_EQ(Hits(*news_, id, text), 0U);
  EXPECT_TRUE(Eventually([&] { return Objects("news") == before; }));
}

TEST_F(Cluster, ReadinessTellsWhatTheServersBehindAreWorth) {
  const auto ready = ApiClient(cluster_->url("metadata")).Send("GET", "/readyz?verbose");
  VANG_ASSERT_OK(ready);
  EXPECT_EQ(ready->status, 200);
  EXPECT_THAT(ready->body, HasSubstr("syncs every event: a power loss costs none"));
  EXPECT_THAT(ready->body, HasSubstr("S3 "));
}

TEST_F(Cluster, AServiceAnswersNobodyWithoutTheSecret) {
  const auto key = cluster_->MakeKey("news", {"read", "write", "admin"});
  VANG_ASSERT_OK(key);
  for (const char* service : VangCluster::kServices) {
    if (service == std::string("api-gateway")) continue;
    ApiClient outsider(cluster_->url(service), *key);
    EXPECT_EQ(outsider.Send("GET", "/v1/recordings")->status, 401) << service;
    EXPECT_EQ(outsider.Send("GET", "/livez")->status, 200) << service;
  }
}

TEST(ServiceProgram, RefusesToStartWithoutTheSecret) {
  for (const char* service : VangCluster::kServices) {
    for (const char* secret : {"", "short"}) {
      const auto refused = RunProgram(
          "vang-" + std::string(service), {},
          {"VANG_SERVICE_LISTEN=127.0.0.1:0", "VANG_SERVICE_SECRET=" + std::string(secret)});
      VANG_ASSERT_OK(refused);
      EXPECT_EQ(refused->exit, (ExitStatus{1, 0})) << service;
      EXPECT_THAT(refused->error, HasSubstr("service.secret is missing or shorter than 32"));
      EXPECT_THAT(refused->error, HasSubstr("openssl rand -hex 32"));
    }
  }
}

TEST_F(Cluster, TheSearchIndexIsMadeAnew) {
  const std::string id = Transcribed(7);
  const std::string text = FirstSegment(id);
  const std::size_t hits = Hits(*news_, id, text);
  ASSERT_GT(hits, 0U);
  cluster_->Kill("embeddings");
  const auto rebuilt = cluster_->Run("embeddings", {"rebuild-index"});
  VANG_ASSERT_OK(cluster_->Restart("embeddings"));
  VANG_ASSERT_OK(rebuilt);
  EXPECT_TRUE(rebuilt->exit.ok()) << rebuilt->error;
  EXPECT_THAT(rebuilt->output, HasSubstr(" recordings, "));
  VANG_ASSERT_OK(cluster_->WaitUntilReady("embeddings"));
  VANG_ASSERT_OK(cluster_->WaitUntilReady("api-gateway"));
  EXPECT_TRUE(Eventually([&] { return Hits(*news_, id, text) == hits; }));
}

// Processes die while recordings are on their way through them. Each recording ends completed, and
// what each stage says about it was said once.
TEST_F(Cluster, KilledServicesLoseAndRepeatNothing) {
  std::set<std::string> ids;
  std::uint64_t seed = 100;
  for (const char* victim : {"asr", "nlp-post", "embeddings", "metadata"}) {
    for (int i = 0; i < 3; ++i) {
      const auto id = news_->Upload(SampleWav(2, seed++), "tin.wav");
      VANG_ASSERT_OK(id);
      ids.insert(*id);
    }
    cluster_->Kill(victim);
    const auto health = cluster_->Run(victim, {"healthcheck"});
    VANG_ASSERT_OK(health);
    EXPECT_EQ(health->exit, (ExitStatus{1, 0})) << victim;
    EXPECT_THAT(health->error, HasSubstr(victim));
    VANG_ASSERT_OK(cluster_->Restart(victim));
    VANG_ASSERT_OK(cluster_->WaitUntilReady(victim));
    VANG_ASSERT_OK(cluster_->WaitUntilReady("api-gateway"));
    EXPECT_TRUE(cluster_->Run(victim, {"healthcheck"})->exit.ok()) << victim;
  }
  for (const std::string& id : ids) {
    const auto recording = news_->WaitUntilDone(id);
    VANG_ASSERT_OK(recording);
    EXPECT_EQ(TextAt(*recording, "/status"), "completed") << WriteJson(*recording);
    const std::string text = FirstSegment(id);
    EXPECT_GT(Hits(*news_, id, text), 0U) << text;
  }
  EXPECT_TRUE(news_->List("/v1/dead-letters")->empty());
  std::multiset<std::string> listed;
  const auto recordings = news_->List("/v1/recordings");
  VANG_ASSERT_OK(recordings);
  for (const JsonValue& recording : *recordings) listed.insert(TextAt(recording, "/id"));
  NatsEventBusConfig config;
  config.urls = {cluster_->nats_url()};
  const auto bus = OpenNatsEventBus(config);
  VANG_ASSERT_OK(bus);
  const auto events = (*bus)->Read(Context(), 0, 10'000);
  VANG_ASSERT_OK(events);
  std::multiset<std::string> said;
  for (const auto& [sequence, event] : *events) {
    const auto id = event.data.find("recording_id");
    if (id != event.data.end())
      said.insert(event.subject + " " + std::string(id->value().as_string()));
  }
  for (const std::string& id : ids) {
    EXPECT_EQ(listed.count(id), 1U);
    for (const char* subject : {"recording.ingested", "transcription.completed",
                                "nlp.postprocessed", "embeddings.indexed"}) {
      EXPECT_EQ(said.count(subject + (" " + id)), 1U) << subject << " of " << id;
    }
  }
}

}  // namespace
}  // namespace vang
