// What every event bus must do. An adapter's test instantiates the suite with a factory.
#pragma once

#include <atomic>
#include <filesystem>
#include <ostream>
#include <set>
#include <thread>

#include "libs/base/manual_clock.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/ports/event_bus.h"

namespace vang {

struct EventBusUnderTest {
  const char* name;
  // Opens the bus that lives in `folder`; opened again after it was closed, it holds what it held.
  Result<std::unique_ptr<EventBus>> (*open)(const std::filesystem::path& folder,
                                            const Clock* clock);
  // Whether its server has a time of its own, which `clock` cannot move: then the suite waits.
  bool own_time = false;

  friend void PrintTo(const EventBusUnderTest& bus, std::ostream* out) { *out << bus.name; }
};

class EventBusContract : public testing::TestWithParam<EventBusUnderTest> {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    bus_.reset();
    auto bus = GetParam().open(
        folder_.path(), GetParam().own_time ? &Clock::System() : static_cast<Clock*>(&clock_));
    VANG_ASSERT_OK(bus);
    bus_ = std::move(*bus);
  }

  Event Ingested(const std::string& tenant = "a") {
    const std::string sha(64, 'a');
    RecordingIngested data{RandomUuid(), RandomUuid(), sha,        tenant + "/audio/" + sha, 1,
                           "Tựa",        "",           "audio/wav"};
    return ToEvent(data, tenant, "ingestion", Now());
  }
  Event Deleted() {
    return ToEvent(RecordingDeleted{RandomUuid(), RandomUuid(), std::string(64, 'a'), "local"}, "a",
                   "metadata", Now());
  }
  Event Publish(Event event) {
    EXPECT_THAT(bus_->Publish(context_, event), IsOk());
    return event;
  }
  void Ensure(const std::string& name = "asr",
              std::vector<std::string> subjects = {"recording.ingested"}, int in_flight = 64) {
    VANG_ASSERT_OK(bus_->EnsureConsumer(
        context_, {name, std::move(subjects), in_flight, Scaled(Duration(1'000))}));
  }
  // What is real time must leave a busy machine room.
  Duration Scaled(Duration span) const { return GetParam().own_time ? 2 * span : span; }
  TimeMs Now() const { return GetParam().own_time ? Clock::System().Now() : clock_.Now(); }
  void Advance(Duration span) {
    clock_.Advance(span);
    if (GetParam().own_time) std::this_thread::sleep_for(Scaled(std::min(span, Duration(1'500))));
  }
  // To just short of `span`, and on to its end.
  void AdvanceShortOf(Duration span) {
    Advance(GetParam().own_time ? span / 2 : span - Duration(1));
  }
  void AdvanceRest(Duration span) { Advance(GetParam().own_time ? span / 2 : Duration(1)); }
  // Something that is there; a server of its own time is waited for, as the machine may be busy.
  std::vector<Delivery> Fetch(int max = 100, const std::string& consumer = "asr",
                              Duration wait = Duration(10'000)) {
    if (!GetParam().own_time) wait = Duration(0);
    auto fetched = bus_->Fetch(context_, consumer, max, wait);
    EXPECT_THAT(fetched, IsOk());
    return fetched.ok() ? *fetched : std::vector<Delivery>();
  }
  void ExpectNothing() { EXPECT_THAT(Fetch(100, "asr", Duration(200)), testing::IsEmpty()); }
  static std::vector<std::string> Ids(const std::vector<Delivery>& deliveries) {
    std::vector<std::string> ids;
    for (const Delivery& delivery : deliveries) ids.push_back(delivery.event.id);
    return ids;
  }
  ConsumerState State(const std::string& name = "asr") {
    const auto states = bus_->Consumers(context_);
    EXPECT_THAT(states, IsOk());
    for (const ConsumerState& state : *states) {
      if (state.name == name) return state;
    }
    ADD_FAILURE() << "there is no consumer " << name;
    return {};
  }
  DeadLetter Letter(const Event& event, const std::string& consumer = "asr") {
    DeadLetter letter;
    letter.id = DerivedId("dead-letter", consumer, event.id);
    letter.consumer = consumer;
    letter.event = event;
    letter.code = "INTERNAL";
    letter.reason = "hỏng";
    letter.attempts = 5;
    letter.at = Now();
    return letter;
  }
  std::vector<std::string> Letters(const std::string& tenant, const std::string& cursor = "",
                                   int max = 100) {
    const auto letters = bus_->ListDeadLetters(context_, tenant, cursor, max);
    EXPECT_THAT(letters, IsOk());
    std::vector<std::string> ids;
    for (const DeadLetter& letter : *letters) ids.push_back(letter.id);
    return ids;
  }

  const Context context_{};
  TempFolder folder_;
  ManualClock clock_;
  std::unique_ptr<EventBus> bus_;
};

TEST_P(EventBusContract, KeepsEventsInOrderAndWhole) {
  std::vector<Event> events = {Publish(Ingested()), Publish(Deleted()), Publish(Ingested())};
  Open();
  const auto read = bus_->Read(context_, 0, 100);
  VANG_ASSERT_OK(read);
  ASSERT_EQ(read->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(EncodeEvent((*read)[i].second), EncodeEvent(events[i]));
    if (i > 0) {
      EXPECT_GT((*read)[i].first, (*read)[i - 1].first);
    }
  }
  EXPECT_EQ(bus_->Read(context_, (*read)[0].first, 1)->front().second.id, events[1].id);
  VANG_EXPECT_OK(bus_->Ping(context_));
}

TEST_P(EventBusContract, DeliveryRule1_TheSameEventTwiceIsStoredOnce) {
  const Event event = Ingested();
  const auto first = bus_->Publish(context_, event);
  const auto second = bus_->Publish(context_, event);
  VANG_ASSERT_OK(first);
  VANG_ASSERT_OK(second);
  EXPECT_FALSE(first->duplicate);
  EXPECT_TRUE(second->duplicate);
  EXPECT_EQ(second->sequence, first->sequence);
  EXPECT_EQ(bus_->Read(context_, 0, 100)->size(), 1u);
}

TEST_P(EventBusContract, AConsumerGetsItsSubjectsFromTheBeginningInOrder) {
  const Event first = Publish(Ingested());
  Publish(Deleted());
  Ensure();
  const Event second = Publish(Ingested());
  const auto deliveries = Fetch();
  EXPECT_EQ(Ids(deliveries), (std::vector<std::string>{first.id, second.id}));
  EXPECT_EQ(deliveries[0].attempt, 1);
  EXPECT_FALSE(deliveries[0].replay);
  EXPECT_EQ(EncodeEvent(deliveries[0].event), EncodeEvent(first));
  ExpectNothing();
}

TEST_P(EventBusContract, EveryConsumerGetsEveryEvent) {
  Ensure("asr");
  Ensure("metadata");
  Publish(Ingested());
  EXPECT_EQ(Fetch(10, "asr").size(), 1u);
  EXPECT_EQ(Fetch(10, "metadata").size(), 1u);
}

TEST_P(EventBusContract, RefusesUnknownConsumersAndSubjects) {
  EXPECT_THAT(bus_->Fetch(context_, "nobody", 1, Duration(0)), HasCode(Code::kNotFound));
  EXPECT_THAT(bus_->EnsureConsumer(context_, {"asr", {"recording.lost"}}),
              HasCode(Code::kInvalidArgument));
}

TEST_P(EventBusContract, RefusesAnEventThatWouldNotDecodeAgainAndGoesOn) {
  Ensure();
  Event event = Ingested();
  event.data["bytes"] = "many";
  EXPECT_THAT(bus_->Publish(context_, event), Fails(Code::kInvalidArgument, "/data/bytes"));
  event = Ingested();
  event.data.erase("sha256");
  EXPECT_THAT(bus_->Publish(context_, event), Fails(Code::kInvalidArgument, "sha256"));
  event = Ingested("no tenant");
  EXPECT_THAT(bus_->Publish(context_, event), Fails(Code::kInvalidArgument, "/tenant"));
  event = Ingested();
  event.subject = "recording.lost";
  EXPECT_THAT(bus_->Publish(context_, event), Fails(Code::kInvalidArgument, "/subject"));
  const Event good = Publish(Ingested());
  EXPECT_EQ(Ids(Fetch()), std::vector<std::string>{good.id});
  EXPECT_EQ(bus_->Read(context_, 0, 100)->size(), 1u);
}

TEST_P(EventBusContract, DeliveryRule1_WhatIsNotAcknowledgedComesAgainWithItsAttemptCounted) {
  Ensure();
  Publish(Ingested());
  ASSERT_EQ(Fetch().size(), 1u);
  AdvanceShortOf(Duration(1'000));
  ExpectNothing();
  AdvanceRest(Duration(1'000));
  const auto again = Fetch();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].attempt, 2);
}

TEST_P(EventBusContract, DeliveryRule1_WhatACrashedProcessHadInHandComesAgain) {
  Ensure();
  const Event event = Publish(Ingested());
  ASSERT_EQ(Fetch().size(), 1u);
  Open();
  Advance(Duration(1'001));
  const auto again = Fetch();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].event.id, event.id);
  EXPECT_EQ(again[0].attempt, 2);
}

TEST_P(EventBusContract, AnAcknowledgedEventNeverComesAgain) {
  Ensure();
  Publish(Ingested());
  const auto deliveries = Fetch();
  VANG_ASSERT_OK(bus_->Ack(context_, "asr", deliveries[0]));
  VANG_EXPECT_OK(bus_->Ack(context_, "asr", deliveries[0]));
  Advance(Duration(60'000));
  ExpectNothing();
  Open();
  ExpectNothing();
}

TEST_P(EventBusContract, SettlingADeliveryThatWasHandedOutAgainChangesNothing) {
  Ensure();
  Publish(Ingested());
  const auto old = Fetch();
  Advance(Duration(1'001));
  ASSERT_EQ(Fetch().size(), 1u);
  VANG_EXPECT_OK(bus_->Ack(context_, "asr", old[0]));
  VANG_EXPECT_OK(bus_->Retry(context_, "asr", old[0], Duration(0)));
  ExpectNothing();
  EXPECT_EQ(State().in_flight, 1u);
}

TEST_P(EventBusContract, DeliveryRule4_ARetriedDeliveryWaitsAndDoesNotHoldBackLaterOnes) {
  Ensure();
  const Event first = Publish(Ingested());
  const auto failed = Fetch(1);
  VANG_ASSERT_OK(bus_->Retry(context_, "asr", failed[0], Scaled(Duration(2'000))));
  const Event second = Publish(Ingested());
  const auto next = Fetch();
  EXPECT_EQ(Ids(next), std::vector<std::string>{second.id});
  VANG_ASSERT_OK(bus_->Ack(context_, "asr", next[0]));
  AdvanceShortOf(Duration(2'000));
  ExpectNothing();
  AdvanceRest(Duration(2'000));
  const auto again = Fetch();
  EXPECT_EQ(Ids(again), std::vector<std::string>{first.id});
  EXPECT_EQ(again[0].attempt, 2);
}

TEST_P(EventBusContract, ExtendingKeepsADeliveryInHand) {
  Ensure();
  Publish(Ingested());
  const auto deliveries = Fetch();
  Advance(Duration(500));
  VANG_ASSERT_OK(bus_->Extend(context_, "asr", deliveries[0]));
  Advance(Duration(700));
  ExpectNothing();
  Advance(Duration(300));
  EXPECT_EQ(Fetch().size(), 1u);
}

TEST_P(EventBusContract, HandsOutNoMoreThanMayBeInFlight) {
  Ensure("asr", {"recording.ingested"}, 2);
  for (int i = 0; i < 3; ++i) Publish(Ingested());
  const auto deliveries = Fetch();
  ASSERT_EQ(deliveries.size(), 2u);
  ExpectNothing();
  VANG_ASSERT_OK(bus_->Ack(context_, "asr", deliveries[0]));
  EXPECT_EQ(Fetch().size(), 1u);
}

TEST_P(EventBusContract, SaysWhatAConsumerHasBeforeIt) {
  Ensure();
  const TimeMs stored = Now();
  Publish(Ingested());
  const TimeMs after = Now();
  Advance(Duration(500));
  Publish(Ingested());
  Publish(Deleted());
  EXPECT_EQ(State().pending, 2u);
  EXPECT_THAT(State().oldest_pending,
              testing::Optional(testing::AllOf(testing::Ge(stored), testing::Le(after))));
  Fetch(1);
  EXPECT_EQ(State().pending, 1u);
  EXPECT_EQ(State().in_flight, 1u);
}

TEST_P(EventBusContract, AFetchThatWaitsWakesForANewEvent) {
  Ensure();
  std::atomic<std::size_t> got = 0;
  std::thread waiting([&] {
    const auto deliveries = bus_->Fetch(context_, "asr", 1, Duration(60'000));
    if (deliveries.ok()) got = deliveries->size();
  });
  Publish(Ingested());
  waiting.join();
  EXPECT_EQ(got, 1u);
}

TEST_P(EventBusContract, AStoppedOrLateFetchEnds) {
  Ensure();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(bus_->Fetch(context_.WithStop(stop.get_token()), "asr", 1, Duration(60'000)),
              HasCode(Code::kCancelled));
  EXPECT_THAT(bus_->Fetch(context_.WithTimeout(Duration(-1)), "asr", 1, Duration(60'000)),
              HasCode(Code::kDeadlineExceeded));
}

TEST_P(EventBusContract, DeliveryRule6_ASubjectIsReplayedFromASequenceOrATime) {
  Ensure("asr", {"recording.ingested", "recording.deleted"});
  Ensure("other");
  const Event first = Publish(Ingested());
  Advance(Duration(1'000));
  const TimeMs later = Now();
  const Event second = Publish(Ingested());
  const Event third = Publish(Deleted());
  for (const Delivery& delivery : Fetch()) {
    VANG_ASSERT_OK(bus_->Ack(context_, "asr", delivery));
  }
  const auto replay = [&](const std::string& subject, const ReplayFrom& from) {
    EXPECT_THAT(bus_->Replay(context_, "asr", subject, from), IsOk());
    const auto deliveries = Fetch();
    for (const Delivery& delivery : deliveries) {
      EXPECT_TRUE(delivery.replay);
      EXPECT_EQ(delivery.attempt, 1);
      EXPECT_THAT(bus_->Ack(context_, "asr", delivery), IsOk());
    }
    return Ids(deliveries);
  };
  using IdList = std::vector<std::string>;
  EXPECT_EQ(replay("", {}), (IdList{first.id, second.id, third.id}));
  EXPECT_EQ(replay("recording.ingested", {}), (IdList{first.id, second.id}));
  EXPECT_EQ(replay("", {std::nullopt, later}), (IdList{second.id, third.id}));
  const auto stored = bus_->Read(context_, 0, 3);
  EXPECT_EQ(replay("recording.ingested", {stored->at(1).first, std::nullopt}), IdList{second.id});
  EXPECT_EQ(Fetch(10, "other").size(), 2u) << "only one consumer gets a replay";
  EXPECT_THAT(bus_->Replay(context_, "nobody", "", {}), HasCode(Code::kNotFound));
  EXPECT_THAT(bus_->Replay(context_, "other", "recording.deleted", {}),
              HasCode(Code::kInvalidArgument));
}

TEST_P(EventBusContract, DeliveryRule5_DeadLettersAreKeptWholeAndListedByTenantNewestFirst) {
  const DeadLetter one = Letter(Publish(Ingested()));
  const DeadLetter two = Letter(Publish(Ingested()));
  const DeadLetter other = Letter(Publish(Ingested("b")));
  for (const DeadLetter& letter : {one, two, other}) {
    VANG_ASSERT_OK(bus_->PutDeadLetter(context_, letter));
  }
  DeadLetter ahead = Letter(Publish(Ingested()));
  ahead.provisional = true;
  VANG_ASSERT_OK(bus_->PutDeadLetter(context_, ahead));
  Open();
  EXPECT_EQ(Letters("a"), (std::vector<std::string>{two.id, one.id}));
  EXPECT_EQ(Letters("a", "", 1), std::vector<std::string>{two.id});
  EXPECT_EQ(Letters("a", two.id), std::vector<std::string>{one.id});
  const auto read = bus_->GetDeadLetter(context_, one.id);
  VANG_ASSERT_OK(read);
  EXPECT_EQ(EncodeEvent(read->event), EncodeEvent(one.event));
  EXPECT_EQ(read->reason, "hỏng");
  EXPECT_EQ(read->attempts, 5);
  EXPECT_EQ(read->at, one.at);
  EXPECT_TRUE(bus_->GetDeadLetter(context_, ahead.id)->provisional);
  ahead.provisional = false;
  VANG_ASSERT_OK(bus_->PutDeadLetter(context_, ahead));
  EXPECT_EQ(Letters("a").size(), 3u) << "replaced, not added";
}

TEST_P(EventBusContract, DeliveryRule5_ALetterMayHoldAnEventThatNoLongerDecodes) {
  Event event = Ingested();
  event.data["bytes"] = "many";
  const DeadLetter letter = Letter(event);
  VANG_ASSERT_OK(bus_->PutDeadLetter(context_, letter));
  const DeadLetter sound = Letter(Publish(Ingested()));
  VANG_ASSERT_OK(bus_->PutDeadLetter(context_, sound));
  EXPECT_EQ(Letters("a"), (std::vector<std::string>{sound.id, letter.id}));
  const auto read = bus_->GetDeadLetter(context_, letter.id);
  VANG_ASSERT_OK(read);
  EXPECT_EQ(EncodeEvent(read->event), EncodeEvent(event));
}

TEST_P(EventBusContract, DeliveryRule5_ARedrivenDeadLetterIsDeliveredAgainAndGone) {
  Ensure();
  const Event event = Publish(Ingested());
  const DeadLetter letter = Letter(event);
  VANG_ASSERT_OK(bus_->Ack(context_, "asr", Fetch().front()));
  VANG_ASSERT_OK(bus_->PutDeadLetter(context_, letter));
  VANG_ASSERT_OK(bus_->RedriveDeadLetter(context_, letter.id));
  EXPECT_THAT(bus_->GetDeadLetter(context_, letter.id), HasCode(Code::kNotFound));
  const auto deliveries = Fetch();
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].event.id, event.id);
  EXPECT_EQ(deliveries[0].attempt, 1);
  EXPECT_THAT(bus_->RedriveDeadLetter(context_, letter.id), HasCode(Code::kNotFound));
}

TEST_P(EventBusContract, DeliveryRule5_DeadLettersAreDroppedOneByOneOrWithTheirRecording) {
  const DeadLetter one = Letter(Publish(Ingested()));
  const DeadLetter same_recording = Letter(one.event, "nlp-post");
  const DeadLetter two = Letter(Publish(Ingested()));
  for (const DeadLetter& letter : {one, same_recording, two}) {
    VANG_ASSERT_OK(bus_->PutDeadLetter(context_, letter));
  }
  const std::string recording(one.event.data.at("recording_id").as_string());
  EXPECT_EQ(bus_->PurgeRecording(context_, recording).value(), 2);
  EXPECT_EQ(bus_->PurgeRecording(context_, recording).value(), 0);
  EXPECT_EQ(Letters("a"), std::vector<std::string>{two.id});
  VANG_ASSERT_OK(bus_->DeleteDeadLetter(context_, two.id));
  EXPECT_THAT(bus_->DeleteDeadLetter(context_, two.id), HasCode(Code::kNotFound));
}

TEST_P(EventBusContract, ManyProducersAndConsumersLoseAndDoubleNothing) {
  Ensure();
  constexpr int kProducers = 4;
  constexpr int kEach = 25;
  std::vector<std::thread> threads;
  for (int producer = 0; producer < kProducers; ++producer) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) EXPECT_THAT(bus_->Publish(context_, Ingested()), IsOk());
    });
  }
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::atomic<int> left = kProducers * kEach;
  for (int consumer = 0; consumer < 2; ++consumer) {
    threads.emplace_back([&] {
      const Context context = context_.WithTimeout(Duration(60'000));
      while (left > 0) {
        const auto deliveries = bus_->Fetch(context, "asr", 5, Duration(100));
        if (!deliveries.ok()) return;
        for (const Delivery& delivery : *deliveries) {
          EXPECT_THAT(bus_->Ack(context_, "asr", delivery), IsOk());
          std::lock_guard<std::mutex> lock(mutex);
          seen.insert(delivery.event.id);
          --left;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kProducers * kEach));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

}  // namespace vang
