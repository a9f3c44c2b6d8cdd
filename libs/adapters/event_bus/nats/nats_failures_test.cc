// What only a real server can show: it dies, freezes, is older, is set up otherwise.
#include <atomic>
#include <set>
#include <thread>

#include "libs/adapters/event_bus/nats/durable_consumer.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/runtime/consumer.h"
#include "libs/runtime/metrics.h"
#include "tests/support/nats_server.h"

namespace vang {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class NatsTest : public testing::TestWithParam<NatsVersion> {
 protected:
  void StartServer(const std::string& more_config = "") {
    auto server = NatsServer::Start({folder_.path(), GetParam(), more_config});
    VANG_ASSERT_OK(server);
    server_.emplace(*std::move(server));
    config_.urls = {server_->url()};
  }
  std::unique_ptr<NatsEventBus> Open() { return OpenNatsEventBus(config_).value(); }

  static Event Ingested() {
    const std::string sha(64, 'a');
    return ToEvent(RecordingIngested{RandomUuid(), RandomUuid(), sha, "a/audio/" + sha, 1, "Tựa",
                                     "", "audio/wav"},
                   "a", "ingestion", Clock::System().Now());
  }
  static Event Deleted() {
    return ToEvent(RecordingDeleted{RandomUuid(), RandomUuid(), std::string(64, 'a'), "local"}, "a",
                   "metadata", Clock::System().Now());
  }
  // Without asking the bus whether it may be stored.
  void StoreRaw(const std::string& subject, const std::string& id, const std::string& body) {
    const auto connection = nats::Connection::Open(config_).value();
    VANG_ASSERT_OK(nats::JetStream(connection.get())
                       .Publish(context_, {"vang.event." + subject + "." + id, body, {}}));
  }
  static ConsumerConfig Asr(Duration ack_wait = Duration(30'000)) {
    return {"asr", {"recording.ingested"}, 64, ack_wait};
  }
  std::vector<Delivery> Fetch(EventBus& bus, int max = 100, Duration wait = Duration(5'000)) {
    auto fetched = bus.Fetch(context_, "asr", max, wait);
    EXPECT_THAT(fetched, IsOk());
    return fetched.ok() ? *std::move(fetched) : std::vector<Delivery>();
  }
  // One by one until there are `count`.
  std::vector<Delivery> FetchAll(EventBus& bus, std::size_t count) {
    std::vector<Delivery> all;
    while (all.size() < count) {
      auto some = Fetch(bus, 1);
      if (some.empty()) break;
      all.push_back(std::move(some.front()));
    }
    return all;
  }

  const Context context_ = Context().WithTimeout(Duration(120'000));
  TempFolder folder_;
  std::optional<NatsServer> server_;
  NatsEventBusConfig config_;
};

INSTANTIATE_TEST_SUITE_P(New, NatsTest, testing::Values(NatsVersion::kNew));
INSTANTIATE_TEST_SUITE_P(Old, NatsTest, testing::Values(NatsVersion::kOld));

TEST_P(NatsTest, ANewConsumerMayStartLaterAndStaysWhereItIs) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->Publish(context_, Ingested()));
  const auto second = bus->Publish(context_, Ingested());
  VANG_ASSERT_OK(second);
  const Event third = Ingested();
  VANG_ASSERT_OK(bus->Publish(context_, third));
  VANG_ASSERT_OK(bus->EnsureConsumerFrom(context_, Asr(), second->sequence));
  // As a service does, which knows nothing of that.
  VANG_ASSERT_OK(Open()->EnsureConsumer(context_, Asr(Duration(20'000))));
  const auto fetched = Fetch(*bus);
  ASSERT_EQ(fetched.size(), 1U);
  EXPECT_EQ(fetched[0].event.id, third.id);
  VANG_ASSERT_OK(bus->Ack(context_, "asr", fetched[0]));
  VANG_ASSERT_OK(bus->EnsureConsumerFrom(context_, Asr(), 1));
  EXPECT_THAT(Fetch(*bus, 1, Duration(300)), IsEmpty());
}

TEST_P(NatsTest, MakesNoStreamWhenItIsNotTo) {
  StartServer();
  config_.make_streams = false;
  const auto looking = Open();
  EXPECT_THAT(looking->Read(context_, 0, 10), HasCode(Code::kNotFound));
  EXPECT_THAT(looking->Consumers(context_), HasCode(Code::kNotFound));
  EXPECT_THAT(looking->Ping(context_), HasCode(Code::kNotFound));
  config_.make_streams = true;
  VANG_ASSERT_OK(Open()->Publish(context_, Ingested()));
  EXPECT_EQ(looking->Read(context_, 0, 10)->size(), 1U);
  EXPECT_TRUE(looking->Consumers(context_)->empty());
}

TEST_P(NatsTest, AServerKilledAgainAndAgainUnderLoadLosesAndDoublesNothing) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr(Duration(1'000))));
  std::atomic<bool> stop = false;
  std::vector<std::string> published;
  std::thread producer([&] {
    while (!stop) {
      const Event event = Ingested();
      // Until it is acknowledged, as the outbox does.
      while (!bus->Publish(context_.WithTimeout(Duration(2'000)), event).ok()) {
        if (!context_.Check().ok()) return;
      }
      published.push_back(event.id);
    }
  });
  std::set<std::string> seen;
  std::atomic<bool> drain = false;
  std::thread consumer([&] {
    while (context_.Check().ok()) {
      const auto got = bus->Fetch(context_.WithTimeout(Duration(3'000)), "asr", 1, Duration(1'000));
      if (!got.ok()) continue;
      if (got->empty() && drain && seen.size() >= published.size()) return;
      for (const Delivery& delivery : *got) {
        seen.insert(delivery.event.id);
        (void)bus->Ack(context_.WithTimeout(Duration(1'000)), "asr", delivery);
      }
    }
  });
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(Duration(300));
    server_->Kill();
    VANG_EXPECT_OK(server_->Restart());
  }
  std::this_thread::sleep_for(Duration(300));
  stop = true;
  producer.join();
  drain = true;
  consumer.join();
  std::vector<std::string> stored;
  const auto log = bus->Read(context_, 0, 1'000'000);
  VANG_ASSERT_OK(log);
  for (const auto& [sequence, event] : *log) {
    stored.push_back(event.id);
  }
  EXPECT_GT(published.size(), 10u);
  EXPECT_EQ(stored, published) << "one producer: in its order, each once";
  EXPECT_EQ(seen, std::set<std::string>(published.begin(), published.end()));
}

TEST_P(NatsTest, ABusMayBeOpenedBeforeItsServer) {
  StartServer();
  server_->Kill();
  const auto bus = Open();
  EXPECT_THAT(bus->Ping(Context().WithTimeout(Duration(300))),
              Fails(Code::kUnavailable, "not connected"));
  VANG_ASSERT_OK(server_->Restart());
  VANG_EXPECT_OK(bus->Ping(context_));
  VANG_EXPECT_OK(bus->Publish(context_, Ingested()));
}

TEST_P(NatsTest, AFrozenServerMeansDeadlinesAndNoHang) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr()));
  const Event event = Ingested();
  server_->Freeze();
  const auto soon = [] { return Context().WithTimeout(Duration(500)); };
  EXPECT_TRUE(bus->Publish(soon(), event).status().retryable());
  EXPECT_TRUE(bus->Ping(soon()).retryable());
  EXPECT_TRUE(bus->Fetch(soon(), "asr", 1, Duration(60'000)).status().retryable());
  // The pull that the server never answered.
  EXPECT_TRUE(bus->Fetch(Context(), "asr", 1, Duration(1'000)).status().retryable());
  server_->Thaw();
  VANG_EXPECT_OK(bus->Publish(context_, event));
  const auto got = Fetch(*bus, 1, Duration(60'000));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front().event.id, event.id);
  EXPECT_EQ(bus->Read(context_, 0, 10)->size(), 1u);
}

TEST_P(NatsTest, TwoOfAServiceShareTheWork) {
  StartServer();
  constexpr int kEvents = 200;
  const auto first = Open();
  VANG_ASSERT_OK(first->EnsureConsumer(context_, Asr()));
  const auto second = Open();
  VANG_ASSERT_OK(second->EnsureConsumer(context_, Asr()));
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::atomic<int> left = kEvents;
  std::array<std::atomic<int>, 2> each{};
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < 2; ++i) {
    workers.emplace_back([&, i, bus = i == 0 ? first.get() : second.get()] {
      while (left > 0 && context_.Check().ok()) {
        for (const Delivery& delivery : Fetch(*bus, 1, Duration(200))) {
          EXPECT_EQ(delivery.attempt, 1);
          VANG_EXPECT_OK(bus->Ack(context_, "asr", delivery));
          std::lock_guard<std::mutex> lock(mutex);
          seen.insert(delivery.event.id);
          ++each[i];
          --left;
        }
      }
    });
  }
  for (int i = 0; i < kEvents; ++i) VANG_EXPECT_OK(first->Publish(context_, Ingested()));
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(seen.size(), std::size_t{kEvents});
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
  EXPECT_GT(each[0], 0);
  EXPECT_GT(each[1], 0);
}

TEST_P(NatsTest, DeliveryRule1_AnIdIsStoredOnceForEver) {
  StartServer();
  config_.duplicate_window = Duration(100);
  auto bus = Open();
  const Event event = Ingested();
  const auto first = bus->Publish(context_, event);
  VANG_ASSERT_OK(first);
  VANG_ASSERT_OK(bus->Publish(context_, Ingested()));
  std::this_thread::sleep_for(Duration(500));
  for (const bool restart : {false, true}) {
    if (restart) {
      VANG_ASSERT_OK(server_->Restart());
    }
    const auto again = bus->Publish(context_, event);
    VANG_ASSERT_OK(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->sequence, first->sequence);
  }
  EXPECT_EQ(bus->Read(context_, 0, 10)->size(), 2u);
}

TEST_P(NatsTest, AnEventThatNoLongerDecodesComesWithItsFaultAndHoldsNothingBack) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr()));
  Event old = Ingested();
  old.data["bytes"] = "many";
  StoreRaw("recording.ingested", old.id, EncodeEvent(old));
  const std::string rubbish = RandomUuid();
  StoreRaw("recording.ingested", rubbish, "{\"specversion\":");
  const Event sound = Ingested();
  VANG_ASSERT_OK(bus->Publish(context_, sound));
  for (const bool replayed : {false, true}) {
    if (replayed) {
      EXPECT_EQ(bus->Replay(context_, "asr", "", {}).value(), 3u);
    }
    const auto got = FetchAll(*bus, 3);
    ASSERT_EQ(got.size(), 3u);
    EXPECT_THAT(got[0].fault, Fails(Code::kInvalidArgument, "/data/bytes"));
    EXPECT_EQ(EncodeEvent(got[0].event), EncodeEvent(old));
    EXPECT_THAT(got[1].fault, HasCode(Code::kInvalidArgument));
    EXPECT_EQ(got[1].event.id, rubbish);
    EXPECT_EQ(got[1].event.subject, "recording.ingested");
    VANG_EXPECT_OK(got[2].fault);
    EXPECT_EQ(got[2].sequence, 3u);
    for (const Delivery& delivery : got) {
      EXPECT_EQ(delivery.replay, replayed);
      VANG_EXPECT_OK(bus->Ack(context_, "asr", delivery));
    }
  }
  ASSERT_EQ(bus->Read(context_, 0, 1)->size(), 1u) << "a page of damage is not the end";
}

TEST_P(NatsTest, AConsumerOfSeveralSubjectsGetsTheseInTheLogsOrderAndMayChangeThem) {
  StartServer();
  const auto bus = Open();
  ConsumerConfig config = Asr();
  config.subjects = {"recording.deleted", "recording.ingested"};
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, config));
  std::vector<std::string> sent;
  for (const Event& event : {Ingested(), Deleted(), Ingested(), Deleted()}) {
    VANG_ASSERT_OK(bus->Publish(context_, event));
    sent.push_back(event.id);
  }
  StoreRaw("dataset.ready", RandomUuid(), "{}");
  std::vector<std::string> got;
  for (const Delivery& delivery : FetchAll(*bus, 4)) {
    got.push_back(delivery.event.id);
    VANG_EXPECT_OK(bus->Ack(context_, "asr", delivery));
  }
  EXPECT_EQ(got, sent);
  EXPECT_THAT(Fetch(*bus, 1, Duration(0)), IsEmpty());

  config.subjects = {"recording.deleted"};
  config.max_in_flight = 1;
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, config));
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, config));
  VANG_ASSERT_OK(bus->Publish(context_, Ingested()));
  const Event last = Deleted();
  VANG_ASSERT_OK(bus->Publish(context_, last));
  VANG_ASSERT_OK(bus->Publish(context_, Deleted()));
  const auto now = Fetch(*bus, 1);
  ASSERT_EQ(now.size(), 1u);
  EXPECT_EQ(now.front().event.id, last.id);
  EXPECT_THAT(Fetch(*bus, 5, Duration(0)), IsEmpty()) << "one in flight is all";
}

TEST_P(NatsTest, DeliveryRule6_AReplayOutlivesServerAndProcess) {
  StartServer();
  auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr(Duration(1'000))));
  for (int i = 0; i < 3; ++i) VANG_ASSERT_OK(bus->Publish(context_, Ingested()));
  for (const Delivery& delivery : FetchAll(*bus, 3)) {
    VANG_EXPECT_OK(bus->Ack(context_, "asr", delivery));
  }
  EXPECT_EQ(bus->Replay(context_, "asr", "", {}).value(), 3u);
  ASSERT_EQ(Fetch(*bus, 1).size(), 1u);  // in hand when all of it dies
  bus.reset();
  VANG_ASSERT_OK(server_->Restart());
  bus = Open();
  // What the server had not written down yet when it died may come again besides.
  std::set<std::string> replayed;
  while (replayed.size() < 3 && context_.Check().ok()) {
    for (const Delivery& delivery : Fetch(*bus, 1)) {
      if (delivery.replay) replayed.insert(delivery.event.id);
      VANG_EXPECT_OK(bus->Ack(context_, "asr", delivery));
    }
  }
  EXPECT_EQ(replayed.size(), 3u);
}

TEST_P(NatsTest, DeliveryRule5_ARedriveThatWasCutOffTakesItsLetterAlongWhenItIsDelivered) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr()));
  DeadLetter letter;
  letter.event = Ingested();
  letter.consumer = "asr";
  letter.id = DerivedId("dead-letter", letter.consumer, letter.event.id);
  VANG_ASSERT_OK(bus->PutDeadLetter(context_, letter));
  // What the first half of a redrive leaves.
  const auto connection = nats::Connection::Open(config_).value();
  nats::JetStream jetstream(connection.get());
  const nats::Streams streams(&jetstream, config_);
  VANG_ASSERT_OK(jetstream.Publish(
      context_,
      nats::DurableConsumer::MakeAgain(streams, "asr", {0, "", 1, EncodeEvent(letter.event)})));
  VANG_EXPECT_OK(bus->GetDeadLetter(context_, letter.id));
  const auto got = Fetch(*bus, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front().event.id, letter.event.id);
  EXPECT_THAT(bus->GetDeadLetter(context_, letter.id), HasCode(Code::kNotFound));
}

TEST_P(NatsTest, DeliveryRule4_AnEventThatTakesItsProcessAlongEveryTimeEndsInTheDeadLetters) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr(Duration(300))));
  const Event event = Ingested();
  VANG_ASSERT_OK(bus->Publish(context_, event));
  for (int attempt = 1; attempt <= 5; ++attempt) {
    const auto got = Fetch(*bus, 1);  // never settled
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got.front().attempt, attempt);
  }
  Metrics metrics;
  ConsumerOptions options;
  options.bus = Asr(Duration(300));
  options.announce_failure = false;
  std::atomic<int> handled = 0;
  const auto consumer = Consumer::Create(
                            bus.get(), options,
                            [&](const Context&, const Delivery&) {
                              ++handled;
                              return Status();
                            },
                            Clock::System(), &metrics)
                            .value();
  VANG_ASSERT_OK(consumer->Start(context_));
  std::vector<DeadLetter> letters;
  while (letters.empty() && context_.Check().ok()) {
    letters = bus->ListDeadLetters(context_, "a", "", 10).value();
  }
  consumer->Stop(Duration(5'000));
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters.front().event.id, event.id);
  EXPECT_EQ(letters.front().attempts, 5);
  EXPECT_EQ(handled, 0);
}

TEST_P(NatsTest, AConsumerThatTheServerLostIsMadeAgain) {
  StartServer();
  const auto bus = Open();
  VANG_ASSERT_OK(bus->EnsureConsumer(context_, Asr()));
  VANG_ASSERT_OK(bus->Publish(context_, Ingested()));
  server_->Kill();
  std::filesystem::remove_all(folder_.path() / "jetstream");
  VANG_ASSERT_OK(server_->Restart());
  const Event event = Ingested();
  Status published = Unavailable("");
  while (!published.ok() && context_.Check().ok()) {
    published = bus->Publish(context_, event).status();
  }
  VANG_ASSERT_OK(published);
  const auto got = Fetch(*bus, 1, Duration(20'000));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front().event.id, event.id);
}

TEST_P(NatsTest, SaysWhatAPowerLossWouldCost) {
  StartServer();
  EXPECT_EQ(Open()->Facts(), "");  // nobody has asked it
  const auto facts = [&] {
    const auto bus = Open();
    VANG_EXPECT_OK(bus->Ping(context_));
    return bus->Facts();
  };
  if (GetParam() == NatsVersion::kOld) {
    EXPECT_THAT(facts(), HasSubstr("older than 2.10"));
    return;
  }
  EXPECT_THAT(facts(), HasSubstr("2.12.15, sync interval unknown"));
  config_.monitor_url = server_->monitor_url();
  EXPECT_THAT(facts(), HasSubstr("syncs every event"));
  config_.monitor_url = "http://127.0.0.1:1";
  EXPECT_THAT(facts(), HasSubstr("sync interval unknown"));
}

TEST_P(NatsTest, AWrongPasswordIsSaidAndForgivenOnceItIsRight) {
  StartServer("authorization { user: vang, password: secret }");
  config_.timeout = Duration(3'000);
  config_.user = "vang";
  config_.password = "wrong";
  const auto wrong = Open();
  EXPECT_THAT(wrong->Ping(Context()), Fails(Code::kUnavailable, "uthoriz"));
  config_.password = "secret";
  VANG_EXPECT_OK(Open()->Ping(context_));
}

TEST_P(NatsTest, RefusesAStreamThatWouldNotKeepTheLog) {
  StartServer();
  const auto connection = nats::Connection::Open(config_).value();
  VANG_ASSERT_OK(nats::JetStream(connection.get())
                     .Call(context_, "STREAM.CREATE.vang-events",
                           {{"name", "vang-events"},
                            {"subjects", JsonArray{"vang.event.>"}},
                            {"retention", "workqueue"}}));
  EXPECT_THAT(Open()->Publish(context_, Ingested()), Fails(Code::kFailedPrecondition, "retention"));
}

TEST_P(NatsTest, AnEventThatIsTooLargeForTheServerIsRefused) {
  StartServer("max_payload: 20000");
  const auto bus = Open();
  Event event = Ingested();
  event.data["title"] = std::string(400, 'a');
  VANG_EXPECT_OK(bus->Publish(context_, event));
  event = ToEvent(RecordingFailed{}, "a", "asr", Clock::System().Now());
  event.data["recording_id"] = RandomUuid();
  event.data["stage"] = "asr";
  event.data["code"] = "INTERNAL";
  event.data["reason"] = std::string(4'000, 'a');
  event.data["cause_event_id"] = RandomUuid();
  event.data["attempts"] = 1;
  EXPECT_THAT(bus->Publish(context_, event), Fails(Code::kInvalidArgument, "max_payload"));
}

TEST(NatsEventBusConfig, WhatCannotBeIsRefused) {
  EXPECT_THAT(OpenNatsEventBus({.urls = {}}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(OpenNatsEventBus({.prefix = "a.b"}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(OpenNatsEventBus({.replicas = 2}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(OpenNatsEventBus({.user = "a", .token = "b"}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(OpenNatsEventBus({.nkey = "a"}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(OpenNatsEventBus({.tls = true, .tls_ca_file = "/nowhere"}),
              Fails(Code::kInvalidArgument, "tls_ca_file"));
}

}  // namespace
}  // namespace vang
