// kill -9 at random moments while uploads run. Whatever was answered 202 must end transcribed and
// searchable, once: the folder is compared with one into which the same audio went without a kill.
//
// VANG_CHAOS_ROUNDS sets the number of kills (the short form in `make test` has 10),
// VANG_CHAOS_SEED the moments.
#include <gmock/gmock.h>

#include <cmath>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "tests/chaos/inspection.h"
#include "tests/chaos/uploads.h"
#include "tests/support/api_client.h"
#include "tests/support/sample_audio.h"
#include "tests/support/vang_server.h"

namespace vang {
namespace {

constexpr int kClients = 5;
constexpr char kTenant[] = "local";

std::uint64_t FromEnvironment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

// Uploads until nothing waits or the server is gone.
void RunClients(const std::string& url, Uploads* uploads) {
  std::vector<std::jthread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      ApiClient client(url);
      while (const auto number = uploads->Take()) {
        const auto seed = static_cast<std::uint64_t>(*number);
        const auto id =
            client.Upload(SampleWav(kUploadSeconds, seed), std::to_string(seed) + ".wav");
        if (id.ok()) {
          uploads->Acknowledge(*number, *id);
        } else {
          uploads->Add(*number);
          return;
        }
      }
    });
  }
}

// What the stages have done so far; only good for seeing that it changes.
std::string WorkDone(ApiClient& client) {
  const auto response = client.Send("GET", "/metrics");
  if (!response.ok()) return response.status().ToString();
  std::string found;
  std::istringstream lines(response->body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("vang_consumer_events_total")) found += line + "\n";
  }
  return found;
}

// A slow machine with thousands of recordings before this one may take its time, as long as
// something gets done.
Result<JsonValue> WaitUntilDone(ApiClient& client, const std::string& id) {
  std::string before;
  while (true) {
    auto recording = client.WaitUntilDone(id, std::chrono::seconds(300));
    if (recording.status().code() != Code::kDeadlineExceeded) return recording;
    const std::string now = WorkDone(client);
    if (now == before) return recording;
    before = now;
  }
}

void ExpectAllDone(const std::string& url, const std::set<std::string>& acknowledged) {
  ApiClient client(url);
  for (const std::string& id : acknowledged) {
    const auto recording = WaitUntilDone(client, id);
    VANG_ASSERT_OK(recording);
    ASSERT_EQ(TextAt(*recording, "/status"), "completed") << WriteJson(*recording);
  }
  // Any of them can be found by what was said in it.
  int checked = 0;
  for (const std::string& id : acknowledged) {
    if (checked++ % 10 != 0) continue;
    const auto transcript = client.Get("/v1/recordings/" + id + "/transcript?format=json");
    VANG_ASSERT_OK(transcript);
    const std::string text = TextAt(*transcript, "/segments/0/text");
    ASSERT_FALSE(text.empty()) << id;
    const auto hits = client.Get("/v1/search?recording_id=" + id +
                                 "&q=" + http::PercentEncode(text.substr(0, 200)));
    VANG_ASSERT_OK(hits);
    ASSERT_FALSE(hits->at("data").as_array().empty()) << id << " is not found by '" << text << "'";
    EXPECT_EQ(TextAt(*hits, "/data/0/recording_id"), id);
  }
}

TEST(Chaos, EveryAcknowledgedUploadSurvivesKillsOnce) {
  const auto rounds = static_cast<int>(FromEnvironment("VANG_CHAOS_ROUNDS", 12));
  const std::uint64_t at_once = FromEnvironment("VANG_CHAOS_UPLOADS", 12);
  const std::uint64_t seed = FromEnvironment("VANG_CHAOS_SEED", std::random_device{}());
  std::cout << "seed " << seed << ", " << rounds << " rounds\n";
  std::mt19937_64 random(seed);
  TempFolder folder;
  Uploads uploads;
  int uploaded = 0;
  for (int round = 0; round < rounds; ++round) {
    while (uploads.waiting() < at_once) uploads.Add(uploaded++);
    auto server = VangServer::Start({folder.path() / "killed"});
    VANG_ASSERT_OK(server);
    std::jthread clients([&] { RunClients(server->url(), &uploads); });
    // Mostly while uploads run, sometimes later, in the middle of recognising.
    const double wait =
        std::exp(std::uniform_real_distribution<double>(std::log(0.005), std::log(3.0))(random));
    std::this_thread::sleep_for(std::chrono::duration<double>(wait));
    server->Kill();
  }
  auto server = VangServer::Start({folder.path() / "killed"});
  VANG_ASSERT_OK(server);
  RunClients(server->url(), &uploads);
  const std::set<std::string> acknowledged = uploads.acknowledged();
  ASSERT_EQ(acknowledged.size(), static_cast<std::size_t>(uploaded));
  ASSERT_NO_FATAL_FAILURE(ExpectAllDone(server->url(), acknowledged));
  const auto stopped = server->Terminate();
  VANG_ASSERT_OK(stopped);
  EXPECT_TRUE(stopped->ok()) << stopped->ToString();

  const auto killed = InspectFolder(folder.path() / "killed", kTenant);
  VANG_ASSERT_OK(killed);
  const auto count = static_cast<std::uint64_t>(uploaded);
  EXPECT_EQ(killed->recordings, acknowledged);
  EXPECT_EQ(killed->completed, count);
  EXPECT_EQ(killed->versions, count);
  EXPECT_EQ(killed->points, killed->segments);
  for (const char* subject : {"recording.ingested", "transcription.completed", "nlp.postprocessed",
                              "embeddings.indexed"}) {
    EXPECT_EQ(killed->events.at(subject), count) << subject;
  }
  // Nothing else but the model that ships.
  EXPECT_EQ(killed->events.size(), 5U);
  EXPECT_EQ(killed->events.at("model.promoted"), 1U);

  // The same audio without a kill.
  auto calm_server = VangServer::Start({folder.path() / "calm"});
  VANG_ASSERT_OK(calm_server);
  Uploads again;
  for (int number = 0; number < uploaded; ++number) again.Add(number);
  RunClients(calm_server->url(), &again);
  ASSERT_NO_FATAL_FAILURE(ExpectAllDone(calm_server->url(), again.acknowledged()));
  VANG_ASSERT_OK(calm_server->Terminate());
  const auto calm = InspectFolder(folder.path() / "calm", kTenant);
  VANG_ASSERT_OK(calm);
  EXPECT_EQ(killed->objects, calm->objects);
  EXPECT_EQ(killed->object_hash, calm->object_hash);
  EXPECT_EQ(killed->points, calm->points);
  std::cout << "kills " << rounds << ", acknowledged " << acknowledged.size() << ", completed "
            << killed->completed << ", points " << killed->points << '\n';
}

}  // namespace
}  // namespace vang
