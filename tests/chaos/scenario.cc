#include "tests/chaos/scenario.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"
#include "libs/adapters/search_index/remote/remote_search_index.h"
#include "libs/base/status_matchers.h"
#include "libs/net/service_client.h"
#include "tests/support/api_client.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(200);
// As long as something gets done, a slow machine may take its time. Longer than a delivery stays in
// the hands of a process that died.
constexpr auto kPatience = std::chrono::minutes(3);
constexpr const char* kSubjects[] = {"recording.ingested", "transcription.completed",
                                     "nlp.postprocessed", "embeddings.indexed"};

// Asks until there is an answer: a service may have come back this moment.
Result<JsonValue> GetPatiently(ApiClient& client, const std::string& target) {
  const auto end = SteadyClock::now() + std::chrono::minutes(1);
  while (true) {
    auto answer = client.Get(target);
    if (answer.ok() || !answer.status().retryable() || SteadyClock::now() > end) return answer;
    std::this_thread::sleep_for(kPause);
  }
}

// Every recording's status.
Result<std::map<std::string, std::string>> Statuses(ApiClient& client) {
  std::map<std::string, std::string> statuses;
  std::string cursor;
  do {
    VANG_ASSIGN_OR_RETURN(
        const JsonValue page,
        GetPatiently(client, "/v1/recordings?limit=200" +
                                 (cursor.empty() ? "" : "&cursor=" + http::PercentEncode(cursor))));
    for (const JsonValue& recording : page.at("data").as_array()) {
      statuses[TextAt(recording, "/id")] = TextAt(recording, "/status");
    }
    cursor = TextAt(page, "/next_cursor");
  } while (!cursor.empty());
  return statuses;
}

std::uint64_t Beyond(std::uint64_t count, std::uint64_t expected) {
  return count > expected ? count - expected : 0;
}

}  // namespace

bool DistributedChaos::full() { return std::getenv("VANG_CHAOS_FULL") != nullptr; }

void DistributedChaos::StartCluster() {
  const char* given = std::getenv("VANG_CHAOS_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "seed " << seed << ", " << (full() ? "the long form" : "the short form") << '\n';
  random_.seed(seed);
  auto started = VangCluster::Start();
  ASSERT_THAT(started, IsOk());
  cluster_ = *std::move(started);
}

void DistributedChaos::EndCluster() {
  if (cluster_ != nullptr) {
    const auto ends = cluster_->Terminate();
    EXPECT_THAT(ends, IsOk());
    if (ends.ok()) {
      for (const auto& [instance, end] : *ends) {
        EXPECT_TRUE(end.ok()) << instance << " " << end.ToString();
      }
    }
  }
  cluster_.reset();
}

class ClusterEnd : public testing::Environment {
 public:
  void TearDown() override { DistributedChaos::EndCluster(); }
};

namespace {

[[maybe_unused]] const testing::Environment* const kClusterEnd =
    testing::AddGlobalTestEnvironment(new ClusterEnd);

}  // namespace

void DistributedChaos::SetUp() {
  if (cluster_ == nullptr) StartCluster();
  ASSERT_NE(cluster_, nullptr) << "there is no cluster";
}

void DistributedChaos::TearDown() {
  watch_.reset();
  clients_.reset();
}

Duration DistributedChaos::RandomMoment(Duration longest) {
  std::uniform_real_distribution<double> exponent(std::log(5),
                                                  std::log(static_cast<double>(longest.count())));
  return Duration(static_cast<std::int64_t>(std::exp(exponent(random_))));
}

void DistributedChaos::Wire(const VangCluster::Wiring& wiring) {
  if (wiring == wiring_) return;
  ASSERT_THAT(cluster_->Rewire(wiring), IsOk());
  wiring_ = wiring;
}

void DistributedChaos::Begin(std::set<int> not_now) {
  static int tenants = 0;
  tenant_ = "chaos-" + std::to_string(++tenants);
  const auto key = cluster_->MakeKey(tenant_, {"read", "write", "admin"});
  ASSERT_THAT(key, IsOk());
  key_ = *key;
  PatientClients::Options options;
  options.key = key_;
  options.not_now = std::move(not_now);
  std::map<std::string, std::string> urls;
  for (const std::string& instance : cluster_->instances()) {
    urls[instance] = cluster_->url(instance);
    if (instance.starts_with("api-gateway")) options.urls.push_back(cluster_->url(instance));
  }
  watch_ = std::make_unique<ReadinessWatch>(urls);
  clients_ = std::make_unique<PatientClients>(std::move(options));
}

void DistributedChaos::Outage(const std::function<void()>& break_it,
                              const std::function<void()>& mend_it,
                              const std::set<std::string>& red, int more) {
  const std::size_t before = clients_->acknowledged().size();
  clients_->Add(more);
  // It breaks in the middle of the work.
  ASSERT_TRUE(clients_->WaitUntilAcknowledged(before + 1));
  watch_->Forget();
  const auto begun = SteadyClock::now();
  break_it();
  EXPECT_EQ(watch_->WaitUntilRed(red), "");
  std::this_thread::sleep_until(begun + outage());
  mend_it();
  ExpectGreen();
}

void DistributedChaos::ExpectGreen() {
  for (const std::string& instance : cluster_->instances()) {
    EXPECT_THAT(cluster_->WaitUntilReady(instance), IsOk());
  }
}

void DistributedChaos::WaitUntilDone() {
  ApiClient client(cluster_->url(), key_);
  std::map<std::string, std::string> before;
  auto last_progress = SteadyClock::now();
  while (true) {
    const auto now = Statuses(client);
    ASSERT_THAT(now, IsOk());
    const bool done = std::all_of(now->begin(), now->end(), [](const auto& recording) {
      return recording.second == "completed" || recording.second == "failed";
    });
    if (done) return;
    if (*now != before) last_progress = SteadyClock::now();
    before = *now;
    ASSERT_LT(SteadyClock::now() - last_progress, kPatience) << "nothing goes on any more";
    std::this_thread::sleep_for(kPause);
  }
}

std::set<std::string> DistributedChaos::NotFound(const std::set<std::string>& ids) {
  ApiClient client(cluster_->url(), key_);
  std::set<std::string> not_found;
  int number = 0;
  for (const std::string& id : ids) {
    if (ids.size() > 20 && number++ % 10 != 0) continue;
    const auto transcript =
        GetPatiently(client, "/v1/recordings/" + id + "/transcript?format=json");
    const std::string text = transcript.ok() ? TextAt(*transcript, "/segments/0/text") : "";
    const auto hits = GetPatiently(
        client, "/v1/search?recording_id=" + id + "&q=" + http::PercentEncode(text.substr(0, 200)));
    const bool found = !text.empty() && hits.ok() && TextAt(*hits, "/data/0/recording_id") == id;
    if (!found) not_found.insert(id);
  }
  return not_found;
}

Result<Inspection> DistributedChaos::Look() {
  VANG_ASSIGN_OR_RETURN(const auto objects, OpenS3ObjectStore(Context(), cluster_->objects()));
  NatsEventBusConfig bus_config;
  bus_config.urls = {cluster_->nats_url()};
  VANG_ASSIGN_OR_RETURN(const auto bus, OpenNatsEventBus(bus_config));
  VANG_ASSIGN_OR_RETURN(const auto metadata, OpenPostgresMetadataStore(cluster_->tables()));
  net::ServiceClientConfig holder;
  holder.service = "embeddings";
  holder.urls = {cluster_->url("embeddings")};
  VANG_ASSIGN_OR_RETURN(holder.secret, cluster_->secret());
  VANG_ASSIGN_OR_RETURN(const auto upstream, net::MakeServiceClient(holder));
  const auto index = MakeRemoteSearchIndex(upstream.get());
  return Inspect({objects.get(), bus.get(), metadata.get(), index.get()}, tenant_);
}

void DistributedChaos::Judge(int rounds, bool log_was_repaired) {
  ASSERT_TRUE(clients_->WaitUntilAcknowledged()) << "uploads no longer come through";
  ExpectGreen();
  ASSERT_NO_FATAL_FAILURE(WaitUntilDone());
  const std::set<std::string> acknowledged = clients_->acknowledged();
  const std::uint64_t count = acknowledged.size();
  EXPECT_EQ(count, static_cast<std::uint64_t>(clients_->added()));
  EXPECT_THAT(clients_->refusals(), testing::IsEmpty());
  ApiClient client(cluster_->url(), key_);
  const auto letters = GetPatiently(client, "/v1/dead-letters");
  ASSERT_THAT(letters, IsOk());
  EXPECT_TRUE(letters->at("data").as_array().empty()) << WriteJson(*letters).substr(0, 2'000);

  const auto statuses = Statuses(client);
  ASSERT_THAT(statuses, IsOk());
  std::set<std::string> lost = NotFound(acknowledged);
  for (const std::string& id : acknowledged) {
    const auto found = statuses->find(id);
    if (found == statuses->end() || found->second != "completed") lost.insert(id);
  }
  auto found = Look();
  // The database may have known them as completed before the log lost them: then the stages are
  // still at work to say so again.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (log_was_repaired && found.ok() && found->events[kSubjects[3]] < count &&
         std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    found = Look();
  }
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->recordings, acknowledged);
  std::uint64_t objects = 0;
  for (const auto& [kind, number] : found->objects) objects += number;
  std::uint64_t doubled = Beyond(found->recordings.size(), count) + Beyond(found->versions, count) +
                          Beyond(objects, 3 * count) + Beyond(found->points, found->segments);
  for (const char* subject : kSubjects) {
    const auto events = found->events.find(subject);
    const std::uint64_t said = events == found->events.end() ? 0 : events->second;
    if (log_was_repaired && subject != kSubjects[0]) {
      EXPECT_GE(said, count) << subject;
      continue;
    }
    EXPECT_EQ(said, count) << subject;
    doubled += Beyond(said, count);
  }
  EXPECT_EQ(found->events.count("recording.failed"), 0U);
  EXPECT_EQ(found->versions, count);
  EXPECT_EQ(objects, 3 * count) << "audio, raw and readable transcript";
  EXPECT_EQ(found->points, found->segments);
  EXPECT_EQ(found->texts.size(), count);
  for (const auto& [audio, text] : found->texts) {
    EXPECT_EQ(texts_.try_emplace(audio, text).first->second, text)
        << "the same audio was read otherwise in an earlier test";
  }
  EXPECT_TRUE(lost.empty()) << testing::PrintToString(lost);
  EXPECT_EQ(doubled, 0U);
  std::cout << testing::UnitTest::GetInstance()->current_test_info()->name() << ": rounds "
            << rounds << ", acknowledged " << count << ", lost " << lost.size() << ", doubled "
            << doubled << "; sent again " << clients_->retries() << std::endl;
}

}  // namespace vang
