#include "libs/runtime/consumer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "libs/adapters/event_bus/sqlite/schema.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/sqlite/database.h"
#include "libs/base/manual_clock.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/base/utf8.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"

namespace vang {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

// Counts what happened and lets a test wait for it.
class Probe {
 public:
  void Add() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool WaitFor(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_ >= count; });
  }
  int count() {
    std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

class ConsumerTest : public testing::Test {
 protected:
  ConsumerTest() {
    OpenBus();
    options_.bus.name = "asr";
    options_.bus.subjects = {"recording.ingested"};
    options_.first_delay = Duration(0);
  }

  void OpenBus() { bus_ = OpenSqliteEventBus({path_, &clock_}).value(); }

  // Into the log as it is, as a former release may have left it.
  void StoreUnchecked(const Event& event) {
    bus_.reset();
    {
      auto db = sqlite::Database::Open({path_, EventBusMigrations()}).value();
      VANG_ASSERT_OK(db->Write(Context(), sqlite::Durability::kDurable, [&](auto& c) {
        return c.Prepare("INSERT INTO events(id, subject, stored_at, body) VALUES(?,?,?,?)")
            .Bind(event.id)
            .Bind(event.subject)
            .Bind(clock_.Now())
            .Bind(EncodeEvent(event))
            .Run();
      }));
    }
    OpenBus();
  }

  Event Ingested() {
    RecordingIngested data;
    data.recording_id = RandomUuid();
    data.upload_id = RandomUuid();
    data.sha256 = std::string(64, 'a');
    data.object_key = "default/audio/" + data.sha256;
    data.bytes = 1;
    data.media_type = "audio/wav";
    return ToEvent(data, "default", "ingestion", clock_.Now());
  }

  std::unique_ptr<Consumer> Run(EventHandler handler) {
    auto consumer = Consumer::Create(bus_.get(), options_, std::move(handler), clock_, &metrics_);
    EXPECT_THAT(consumer, IsOk());
    EXPECT_THAT((*consumer)->Start(Context()), IsOk());
    return std::move(consumer).value();
  }

  // The dead letter of the event, once it is there.
  Result<DeadLetter> WaitForDeadLetter(const Event& event) {
    const std::string id = DerivedId("dead-letter", options_.bus.name, event.id);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      auto letter = bus_->GetDeadLetter(Context(), id);
      if (letter.ok() && !letter->provisional) return letter;
      (void)bus_->Fetch(Context(), "observer", 1, Duration(5));
    }
    return NotFound("no dead letter appeared");
  }

  std::vector<Event> Published(const std::string& subject) {
    std::vector<Event> found;
    auto stored = bus_->Read(Context(), 0, 1'000);
    for (auto& [sequence, event] : *stored) {
      if (event.subject == subject) found.push_back(event);
    }
    return found;
  }

  TempFolder folder_;
  const std::string path_ = (folder_.path() / "events.db").string();
  ManualClock clock_;
  std::unique_ptr<EventBus> bus_;
  ConsumerOptions options_;
  Metrics metrics_;
};

// Those of design section 3 that the consumer keeps; the numbers are the rules'.
using DeliveryRules = ConsumerTest;

TEST(RetryDelay, DoublesAndStaysWithinItsJitter) {
  EXPECT_EQ(RetryDelay(Duration(1'000), 1, 0.5), Duration(1'000));
  EXPECT_EQ(RetryDelay(Duration(1'000), 2, 0.5), Duration(2'000));
  EXPECT_EQ(RetryDelay(Duration(1'000), 4, 0.5), Duration(8'000));
  EXPECT_EQ(RetryDelay(Duration(1'000), 1, 0), Duration(800));
  EXPECT_EQ(RetryDelay(Duration(1'000), 1, 1), Duration(1'200));
}

TEST_F(DeliveryRules, Rule4ARetryableFailureIsTriedFiveTimesInAll) {
  Probe tries;
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  auto consumer = Run([&](const Context&, const Delivery&) {
    tries.Add();
    return Unavailable("the recogniser is busy");
  });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  consumer->Stop(Duration(1'000));
  EXPECT_EQ(tries.count(), 5);
  EXPECT_EQ(letter->attempts, 5);
  EXPECT_EQ(letter->code, "UNAVAILABLE");
  EXPECT_EQ(letter->reason, "the recogniser is busy");
  EXPECT_EQ(EncodeEvent(letter->event), EncodeEvent(event));
}

// What a handler does that works, and then dies or not before the acknowledgement.
TEST_F(DeliveryRules, Rule2ACrashBeforeTheAcknowledgementRepeatsTheWorkAndChangesNothing) {
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  const auto work = [&](const Delivery& delivery) {
    RecordingFailed next;
    next.recording_id = std::string(delivery.event.data.at("recording_id").as_string());
    next.stage = "asr";
    next.code = "INTERNAL";
    next.reason = "the next event of this stage";
    next.cause_event_id = delivery.event.id;
    next.attempts = 1;
    // At another time than before: what it says is the same, and so is its id.
    clock_.Advance(Duration(5));
    return bus_->Publish(Context(), ToEvent(next, "default", "asr", clock_.Now(), &delivery.event))
        .status();
  };
  VANG_ASSERT_OK(bus_->EnsureConsumer(Context(), options_.bus));
  const auto first = bus_->Fetch(Context(), "asr", 1, Duration(0));
  VANG_ASSERT_OK(first);
  VANG_ASSERT_OK(work(first->front()));
  clock_.Advance(options_.bus.ack_wait + Duration(1));

  Probe done;
  std::uint64_t in_hand_while_at_work = 0;
  auto consumer = Run([&](const Context&, const Delivery& delivery) {
    const Status status = work(delivery);
    in_hand_while_at_work = bus_->Consumers(Context())->front().in_flight;
    done.Add();
    return status;
  });
  ASSERT_TRUE(done.WaitFor(1));
  consumer->Stop(Duration(10'000));
  EXPECT_EQ(in_hand_while_at_work, 1u) << "acknowledged only after the work";
  EXPECT_EQ(Published("recording.failed").size(), 1u);
  EXPECT_EQ(bus_->Consumers(Context())->front().in_flight, 0u);
}

TEST_F(DeliveryRules, Rule4RetriesAfter1248SecondsWithJitterThenDeadLetter) {
  options_.first_delay = ConsumerOptions().first_delay;
  Probe tries;
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  auto consumer = Run([&](const Context&, const Delivery&) {
    tries.Add();
    return Unavailable("later");
  });
  int attempt = 1;
  for (const int seconds : {1, 2, 4, 8}) {
    ASSERT_TRUE(tries.WaitFor(attempt));
    // The retry is on record once nothing is in hand.
    while (bus_->Consumers(Context())->front().in_flight > 0) std::this_thread::yield();
    clock_.Advance(Duration(seconds * 800 - 1));
    EXPECT_THAT(bus_->Fetch(Context(), "asr", 1, Duration(0)).value(), testing::IsEmpty())
        << "before " << seconds << " s less a fifth";
    clock_.Advance(Duration(seconds * 400 + 1));
    ++attempt;
  }
  ASSERT_TRUE(tries.WaitFor(5));
  VANG_EXPECT_OK(WaitForDeadLetter(event));
  consumer->Stop(Duration(1'000));
  EXPECT_EQ(tries.count(), 5);
}

TEST_F(DeliveryRules, Rule4WhatFailsTogetherIsNotTriedAgainTogether) {
  options_.first_delay = ConsumerOptions().first_delay;
  constexpr std::size_t kEvents = 32;
  Probe tries;
  for (std::size_t i = 0; i < kEvents; ++i) VANG_ASSERT_OK(bus_->Publish(Context(), Ingested()));
  auto consumer = Run([&](const Context&, const Delivery&) {
    tries.Add();
    return Unavailable("later");
  });
  ASSERT_TRUE(tries.WaitFor(kEvents));
  consumer->Stop(Duration(10'000));
  // The middle of the first delay's jitter: about half of them are due, never all or none.
  clock_.Advance(Duration(1'000));
  const auto due = bus_->Fetch(Context(), "asr", kEvents, Duration(0));
  VANG_ASSERT_OK(due);
  EXPECT_GT(due->size(), 0u);
  EXPECT_LT(due->size(), kEvents);
}

TEST_F(DeliveryRules, Rule4APermanentFailureGoesToTheDeadLettersAtOnce) {
  Probe tries;
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  auto consumer = Run([&](const Context&, const Delivery&) {
    tries.Add();
    return InvalidArgument("the file is not audio");
  });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  consumer->Stop(Duration(1'000));
  EXPECT_EQ(tries.count(), 1);
  EXPECT_EQ(letter->attempts, 1);
  const auto failed = Published("recording.failed");
  ASSERT_EQ(failed.size(), 1u);
  const auto data = FromEvent<RecordingFailed>(failed[0]);
  VANG_ASSERT_OK(data);
  EXPECT_EQ(data->stage, "asr");
  EXPECT_EQ(data->reason, "the file is not audio");
  EXPECT_EQ(data->cause_event_id, event.id);
}

TEST_F(DeliveryRules, Rule4AStoredEventThatBreaksItsSchemaGoesToTheDeadLettersAtOnce) {
  Event old = Ingested();
  old.data["bytes"] = "many";
  StoreUnchecked(old);
  // Whose failure cannot even be announced.
  Event nobodys = Ingested();
  nobodys.data["recording_id"] = "r1";
  StoreUnchecked(nobodys);
  const Event good = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), good));
  Probe handled;
  std::string seen;
  auto consumer = Run([&](const Context&, const Delivery& delivery) {
    seen += delivery.event.id;
    handled.Add();
    return Status();
  });
  ASSERT_TRUE(handled.WaitFor(1));
  consumer->Stop(Duration(10'000));
  EXPECT_EQ(seen, good.id);
  for (const Event& event : {old, nobodys}) {
    const auto letter =
        bus_->GetDeadLetter(Context(), DerivedId("dead-letter", options_.bus.name, event.id));
    VANG_ASSERT_OK(letter);
    EXPECT_EQ(EncodeEvent(letter->event), EncodeEvent(event));
    EXPECT_EQ(letter->attempts, 1);
    EXPECT_THAT(letter->reason, testing::HasSubstr(event.id == old.id ? "/data/bytes" : "/data"));
  }
  const auto failed = Published("recording.failed");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].data.at("recording_id"), old.data.at("recording_id"));
  EXPECT_EQ(bus_->Consumers(Context())->front().in_flight, 0u);
}

TEST_F(DeliveryRules, Rule4AReasonOfAnyLengthIsAnnounced) {
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  std::string reason;
  for (int i = 0; i < 5'000; ++i) reason += "ế";
  auto consumer = Run([&](const Context&, const Delivery&) { return InvalidArgument(reason); });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  EXPECT_EQ(letter->reason, reason);
  consumer->Stop(Duration(10'000));
  const auto failed = Published("recording.failed");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(Utf8Length(failed[0].data.at("reason").as_string()), 4'000u);
}

TEST_F(DeliveryRules, Rule4TheDeadLetterIsWrittenBeforeTheLastAttempt) {
  options_.max_attempts = 1;
  const Event event = Ingested();
  const std::string id = DerivedId("dead-letter", "asr", event.id);
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  Probe done;
  bool was_there = false;
  auto consumer = Run([&](const Context&, const Delivery&) {
    const auto letter = bus_->GetDeadLetter(Context(), id);
    was_there = letter.ok() && letter->provisional;
    done.Add();
    return Status();
  });
  ASSERT_TRUE(done.WaitFor(1));
  consumer->Stop(Duration(10'000));
  EXPECT_TRUE(was_there);
  // The attempt succeeded, so the letter is gone again.
  EXPECT_THAT(bus_->GetDeadLetter(Context(), id), HasCode(Code::kNotFound));
}

TEST_F(DeliveryRules, Rule4AHandlerThatKilledTheProcessEveryTimeEndsInTheDeadLetters) {
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  VANG_ASSERT_OK(bus_->EnsureConsumer(Context(), options_.bus));
  // Five attempts, none of which came back.
  for (int attempt = 1; attempt <= 5; ++attempt) {
    const auto deliveries = bus_->Fetch(Context(), "asr", 1, Duration(0));
    VANG_ASSERT_OK(deliveries);
    ASSERT_EQ(deliveries->size(), 1u);
    EXPECT_EQ(deliveries->front().attempt, attempt);
    clock_.Advance(options_.bus.ack_wait + Duration(1));
  }
  Probe handled;
  auto consumer = Run([&](const Context&, const Delivery&) {
    handled.Add();
    return Status();
  });
  VANG_EXPECT_OK(WaitForDeadLetter(event));
  EXPECT_EQ(handled.count(), 0);
}

// The same with real processes, each of which its handler ends.
TEST_F(DeliveryRules, Rule4AfterFiveDeathsNoSixthIsRiskedAndTheLetterSaysSo) {
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  for (int attempt = 1; attempt <= 5; ++attempt) {
    bus_.reset();  // no thread may be there to be lost in the fork
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      OpenBus();
      clock_.Advance(Duration(60'000));
      auto consumer = Run([&](const Context&, const Delivery& delivery) -> Status {
        if (delivery.attempt != attempt) ::_exit(1);
        ::raise(SIGKILL);
        return {};
      });
      std::this_thread::sleep_for(kPatience);
      ::_exit(2);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "attempt " << attempt;
  }
  OpenBus();
  clock_.Advance(Duration(60'000));
  Probe handled;
  auto consumer = Run([&](const Context&, const Delivery&) {
    handled.Add();
    return Status();
  });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  consumer->Stop(Duration(10'000));
  EXPECT_EQ(handled.count(), 0);
  EXPECT_EQ(letter->attempts, 5);
  EXPECT_THAT(letter->reason, testing::HasSubstr("the process ended while 'asr' handled"));
  EXPECT_EQ(Published("recording.failed").size(), 1u);
}

TEST_F(DeliveryRules, Rule5ARedrivenDeadLetterIsHandledAgain) {
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  std::atomic<bool> broken = true;
  Probe succeeded;
  auto consumer = Run([&](const Context&, const Delivery&) {
    if (broken) return InvalidArgument("no model");
    succeeded.Add();
    return Status();
  });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  broken = false;
  VANG_ASSERT_OK(bus_->RedriveDeadLetter(Context(), letter->id));
  EXPECT_TRUE(succeeded.WaitFor(1));
  EXPECT_THAT(bus_->GetDeadLetter(Context(), letter->id), HasCode(Code::kNotFound));
}

TEST_F(ConsumerTest, AHandlerThatThrowsIsAFailureAndNotACrash) {
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  auto consumer =
      Run([](const Context&, const Delivery&) -> Status { throw std::runtime_error("boom"); });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  EXPECT_THAT(letter->reason, testing::HasSubstr("boom"));
}

TEST_F(DeliveryRules, Rule7AConsumerThatHangsTurnsReadyRed) {
  options_.hang_limit = Duration(0);
  VANG_ASSERT_OK(bus_->Publish(Context(), Ingested()));
  Probe entered;
  std::atomic<bool> leave = false;
  auto consumer = Run([&](const Context&, const Delivery&) {
    entered.Add();
    while (!leave) std::this_thread::yield();
    return Status();
  });
  ASSERT_TRUE(entered.WaitFor(1));
  std::this_thread::yield();
  const Health health = consumer->Check(Context());
  leave = true;
  EXPECT_FALSE(health.ready);
  EXPECT_THAT(health.detail, testing::HasSubstr("too long"));
  consumer->Stop(Duration(10'000));
  EXPECT_FALSE(consumer->Check(Context()).ready) << "a stopped consumer is not ready";
}

TEST_F(DeliveryRules, Rule7AConsumerThatLagsTurnsReadyRed) {
  options_.bus.max_in_flight = 1;
  Probe entered;
  std::atomic<bool> leave = false;
  VANG_ASSERT_OK(bus_->Publish(Context(), Ingested()));
  VANG_ASSERT_OK(bus_->Publish(Context(), Ingested()));
  // How long they waited before it was started is not held against it.
  clock_.Advance(options_.lag_limit * 2);
  auto consumer = Run([&](const Context&, const Delivery&) {
    entered.Add();
    while (!leave) std::this_thread::yield();
    return Status();
  });
  ASSERT_TRUE(entered.WaitFor(1));
  EXPECT_TRUE(consumer->Check(Context()).ready);
  clock_.Advance(options_.lag_limit + Duration(1));
  const Health health = consumer->Check(Context());
  leave = true;
  EXPECT_FALSE(health.ready);
  EXPECT_THAT(health.detail, testing::HasSubstr("does not keep up"));
  ASSERT_TRUE(entered.WaitFor(2));
  EXPECT_TRUE(consumer->Check(Context()).ready) << "nothing waits any more";
  consumer->Stop(Duration(10'000));
}

TEST_F(DeliveryRules, Rule1AHandlerCutOffByStoppingGetsTheEventAgain) {
  VANG_ASSERT_OK(bus_->Publish(Context(), Ingested()));
  Probe entered;
  auto consumer = Run([&](const Context& context, const Delivery&) {
    entered.Add();
    while (context.Check().ok()) std::this_thread::yield();
    return context.Check();
  });
  ASSERT_TRUE(entered.WaitFor(1));
  consumer->Stop(Duration(0));
  clock_.Advance(options_.bus.ack_wait + Duration(1));
  const auto again = bus_->Fetch(Context(), "asr", 1, Duration(0));
  VANG_ASSERT_OK(again);
  EXPECT_EQ(again->size(), 1u);
}

// However often a long handler is cut off by stopping, the event has not failed.
TEST_F(DeliveryRules, Rule4BeingCutOffByStoppingOnTheLastAttemptIsNoFailure) {
  options_.max_attempts = 1;
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  for (int stop = 1; stop <= 3; ++stop) {
    Probe entered;
    auto consumer = Run([&](const Context& context, const Delivery& delivery) {
      EXPECT_EQ(delivery.event.id, event.id);
      entered.Add();
      while (context.Check().ok()) std::this_thread::yield();
      return context.Check();
    });
    ASSERT_TRUE(entered.WaitFor(1)) << "after " << stop - 1 << " stops";
    consumer->Stop(Duration(0));
  }
  Probe done;
  auto consumer = Run([&](const Context&, const Delivery&) {
    done.Add();
    return Status();
  });
  ASSERT_TRUE(done.WaitFor(1));
  consumer->Stop(Duration(10'000));
  EXPECT_EQ(done.count(), 1);
  EXPECT_THAT(bus_->GetDeadLetter(Context(), DerivedId("dead-letter", "asr", event.id)),
              HasCode(Code::kNotFound));
  EXPECT_THAT(Published("recording.failed"), testing::IsEmpty());
}

TEST_F(DeliveryRules, Rule4AnOutageOfWhatTheHandlerDependsOnUsesNoAttemptUp) {
  options_.max_attempts = 1;
  std::atomic<bool> works = false;
  Probe asked;
  options_.dependencies = [&](const Context&) {
    const Status status = works ? Status() : Unavailable("no store");
    asked.Add();
    return status;
  };
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  Probe tried;
  const EventHandler handler = [&](const Context&, const Delivery&) {
    const Status status = works ? Status() : ResourceExhausted("no room");
    tried.Add();
    return status;
  };
  auto consumer = Run(handler);
  ASSERT_TRUE(asked.WaitFor(1));
  // Stopped during the outage, it is handed back, and that is no failure either.
  consumer->Stop(Duration(10'000));
  const int before = asked.count();
  consumer = Run(handler);
  ASSERT_TRUE(asked.WaitFor(before + 1));
  works = true;
  ASSERT_TRUE(tried.WaitFor(3));
  consumer->Stop(Duration(10'000));
  EXPECT_EQ(tried.count(), 3);
  EXPECT_THAT(bus_->GetDeadLetter(Context(), DerivedId("dead-letter", "asr", event.id)),
              HasCode(Code::kNotFound));
  EXPECT_THAT(Published("recording.failed"), testing::IsEmpty());
}

// What fails while everything works is the event's own fault.
TEST_F(DeliveryRules, Rule4AFailureWhileAllWorksUsesAttemptsUp) {
  options_.dependencies = [](const Context&) { return Status(); };
  const Event event = Ingested();
  VANG_ASSERT_OK(bus_->Publish(Context(), event));
  auto consumer = Run([](const Context&, const Delivery&) { return Unavailable("a bad model"); });
  const auto letter = WaitForDeadLetter(event);
  VANG_ASSERT_OK(letter);
  EXPECT_EQ(letter->attempts, 5);
}

}  // namespace
}  // namespace vang
