#include "libs/runtime/consumer.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "libs/base/utf8.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Settling a delivery must not wait for ever, and must still work while the process is stopping.
constexpr Duration kBusTimeout{10'000};
constexpr Duration kFetchWait{1'000};
constexpr Duration kErrorPause{500};
constexpr Duration kDependenciesTimeout{5'000};

std::string RecordingOf(const Event& event) {
  const JsonValue* id = event.data.if_contains("recording_id");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

// As long as the schema of recording.failed allows; the dead letter has the whole.
std::string ShortReason(const std::string& reason) {
  constexpr std::size_t kMaxCharacters = 4'000;
  if (reason.size() <= kMaxCharacters) return reason;
  std::vector<std::uint32_t> characters = ToCodePoints(reason);
  if (characters.size() <= kMaxCharacters) return reason;
  characters.resize(kMaxCharacters - 1);
  return FromCodePoints(characters) + "…";
}

}  // namespace

Duration RetryDelay(Duration first_delay, int attempt, double jitter) {
  const double factor = std::ldexp(1.0, std::clamp(attempt, 1, 20) - 1) * (0.8 + 0.4 * jitter);
  return Duration(static_cast<std::int64_t>(static_cast<double>(first_delay.count()) * factor));
}

struct Consumer::Impl {
  EventBus* bus = nullptr;
  ConsumerOptions options;
  EventHandler handler;
  const Clock* clock = nullptr;
  Metrics* metrics = nullptr;

  std::stop_source fetching;  // no new deliveries
  std::stop_source handling;  // running handlers must end
  std::vector<std::thread> threads;
  TimeMs started_at = 0;

  mutable std::mutex mutex;
  std::condition_variable stopped;
  std::mt19937_64 random{std::random_device{}()};
  struct Running {
    Delivery delivery;
    SteadyClock::time_point since;
  };
  std::map<std::string, Running> running;  // by token: a bus may deliver one event twice at a time
  std::string bus_error;

  const std::string& name() const { return options.bus.name; }

  void Pause(Duration duration) {
    std::unique_lock<std::mutex> lock(mutex);
    stopped.wait_for(lock, duration, [this] { return fetching.stop_requested(); });
  }

  void Work() {
    const Context context = Context().WithStop(fetching.get_token());
    while (!fetching.stop_requested()) {
      auto deliveries = bus->Fetch(context, name(), 1, kFetchWait);
      if (!deliveries.ok()) {
        if (fetching.stop_requested()) return;
        Note(deliveries.status());
        Pause(kErrorPause);
        continue;
      }
      Note(Status());
      for (const Delivery& delivery : *deliveries) Handle(delivery);
    }
  }

  void Note(const Status& status) {
    std::lock_guard<std::mutex> lock(mutex);
    if (!status.ok() && bus_error.empty()) {
      Log(LogLevel::kError, name(), "cannot fetch events", {{"error", status.ToString()}});
    }
    bus_error = status.ok() ? "" : status.message();
  }

  // What the bus must be told; a failure here only means that the delivery comes again.
  void Settle(const char* what, const Status& status) {
    if (status.ok()) return;
    Log(LogLevel::kWarning, name(), "cannot settle a delivery; it will come again",
        {{"step", what}, {"error", status.ToString()}});
  }

  DeadLetter MakeDeadLetter(const Delivery& delivery, const Status& status, bool provisional) {
    DeadLetter letter;
    letter.id = DerivedId("dead-letter", name(), delivery.event.id);
    letter.consumer = name();
    letter.event = delivery.event;
    letter.code = CodeName(status.code());
    letter.reason = status.message();
    letter.attempts = std::min(delivery.attempt, options.max_attempts);
    letter.at = clock->Now();
    letter.provisional = provisional;
    return letter;
  }

  // The dead letter, the announcement and the acknowledgement, in this order: a crash between any
  // two does the earlier ones again, to the same effect.
  void GiveUp(const Context& context, const Delivery& delivery, const Status& status) {
    metrics->Count("vang_consumer_dead_letters_total", {{"consumer", name()}});
    Log(LogLevel::kError, name(), "giving up on an event",
        {{"event", delivery.event.id},
         {"subject", delivery.event.subject},
         {"attempts", std::to_string(delivery.attempt)},
         {"error", status.ToString()}});
    const DeadLetter letter = MakeDeadLetter(delivery, status, false);
    if (Status put = bus->PutDeadLetter(context, letter); !put.ok()) {
      return Settle("dead letter", put);
    }
    if (options.announce_failure) {
      if (const std::string recording = RecordingOf(delivery.event); !recording.empty()) {
        RecordingFailed failed;
        failed.recording_id = recording;
        failed.stage = name();
        failed.code = letter.code;
        failed.reason = ShortReason(letter.reason);
        failed.cause_event_id = delivery.event.id;
        failed.attempts = letter.attempts;
        const Event event =
            ToEvent(failed, delivery.event.tenant, name(), clock->Now(), &delivery.event);
        const auto ack = bus->Publish(context, event);
        if (ack.status().code() == Code::kInvalidArgument) {
          // What names no recording cannot fail one; the letter and the log say it all.
          Log(LogLevel::kWarning, name(), "cannot announce a failure",
              {{"event", delivery.event.id}, {"error", ack.status().ToString()}});
        } else if (!ack.ok()) {
          return Settle("recording.failed", ack.status());
        }
      }
    }
    Settle("ack", bus->Ack(context, name(), delivery));
  }

  Status Try(const Delivery& delivery) {
    const Context context =
        Context().WithStop(handling.get_token()).WithTrace(delivery.event.traceparent);
    try {
      return handler(context, delivery);
    } catch (const std::exception& exception) {
      return Internal(std::string("the handler threw: ") + exception.what());
    }
  }

  bool DependenciesWork() {
    if (!options.dependencies) return true;
    const Context context =
        Context().WithStop(handling.get_token()).WithTimeout(kDependenciesTimeout);
    return options.dependencies(context).ok();
  }

  // False when we are stopped before they work again.
  bool WaitForDependencies(const Delivery& delivery, const Status& failure) {
    Log(LogLevel::kWarning, name(), "waits with an event until what it depends on works again",
        {{"event", delivery.event.id}, {"error", failure.ToString()}});
    while (!fetching.stop_requested()) {
      Pause(kErrorPause);
      if (DependenciesWork()) return true;
      std::lock_guard<std::mutex> lock(mutex);
      running[delivery.token].since = SteadyClock::now();  // it does not hang
    }
    return false;
  }

  void Handle(const Delivery& delivery) {
    const Context bus_context = Context().WithTimeout(kBusTimeout);
    if (!delivery.fault.ok()) return GiveUp(bus_context, delivery, delivery.fault);
    if (delivery.attempt > options.max_attempts) {
      // The last attempt took the process with it; its dead letter was written before.
      auto before =
          bus->GetDeadLetter(bus_context, DerivedId("dead-letter", name(), delivery.event.id));
      return GiveUp(bus_context, delivery,
                    before.ok() ? Status(Code::kInternal, before->reason)
                                : Internal("the handler ended the process"));
    }
    const bool last = delivery.attempt == options.max_attempts;
    if (last) {
      const Status put = bus->PutDeadLetter(
          bus_context, MakeDeadLetter(delivery,
                                      Internal("the process ended while '" + name() +
                                               "' handled this event for the last time"),
                                      true));
      if (!put.ok()) return Settle("provisional dead letter", put);
    }
    {
      std::lock_guard<std::mutex> lock(mutex);
      running[delivery.token] = {delivery, SteadyClock::now()};
    }
    const auto begin = SteadyClock::now();
    Status status = Try(delivery);
    bool cut_off = false;
    while (status.retryable() && !DependenciesWork()) {
      cut_off = !WaitForDependencies(delivery, status);
      if (cut_off) break;
      status = Try(delivery);
    }
    cut_off = cut_off || (handling.stop_requested() && status.code() == Code::kCancelled);
    {
      std::lock_guard<std::mutex> lock(mutex);
      running.erase(delivery.token);
      stopped.notify_all();
    }
    metrics->Observe("vang_consumer_handling_seconds",
                     std::chrono::duration<double>(SteadyClock::now() - begin).count(),
                     {{"consumer", name()}});
    const Context settle = Context().WithTimeout(kBusTimeout);
    if (status.ok()) {
      metrics->Count("vang_consumer_events_total", {{"consumer", name()}, {"result", "ok"}});
      // Also one that an earlier process left when it died on its last attempt and was redriven.
      if (last) {
        Settle("dead letter",
               bus->DeleteDeadLetter(settle, DerivedId("dead-letter", name(), delivery.event.id)));
      }
      return Settle("ack", bus->Ack(settle, name(), delivery));
    }
    // Cut off because we are stopping: not the event's fault, whoever is there next takes it at
    // once. On its last attempt the letter is there already; redriven, the event has five again.
    if (cut_off) {
      if (!last) return Settle("hand back", bus->Retry(settle, name(), delivery, Duration(0)));
      const std::string letter = DerivedId("dead-letter", name(), delivery.event.id);
      const Status redriven = bus->RedriveDeadLetter(settle, letter);
      return Settle("hand back", redriven.ok() ? bus->Ack(settle, name(), delivery) : redriven);
    }
    if (!status.retryable() || last) return GiveUp(settle, delivery, status);
    metrics->Count("vang_consumer_events_total", {{"consumer", name()}, {"result", "retry"}});
    double jitter = 0;
    {
      std::lock_guard<std::mutex> lock(mutex);
      jitter = std::uniform_real_distribution<double>(0, 1)(random);
    }
    const Duration delay = RetryDelay(options.first_delay, delivery.attempt, jitter);
    Log(LogLevel::kWarning, name(), "will try an event again",
        {{"event", delivery.event.id},
         {"attempt", std::to_string(delivery.attempt)},
         {"delay_ms", std::to_string(delay.count())},
         {"error", status.ToString()}});
    Settle("retry", bus->Retry(settle, name(), delivery, delay));
  }

  // "Still at work", for every handler that runs long.
  void Heartbeat() {
    while (true) {
      std::vector<Delivery> busy;
      {
        std::unique_lock<std::mutex> lock(mutex);
        stopped.wait_for(lock, options.bus.ack_wait / 3, [this] { return threads.empty(); });
        if (threads.empty()) return;
        for (const auto& [token, entry] : running) busy.push_back(entry.delivery);
      }
      for (const Delivery& delivery : busy) {
        Settle("extend", bus->Extend(Context().WithTimeout(kBusTimeout), name(), delivery));
      }
    }
  }
};

Consumer::Consumer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Consumer::~Consumer() { Stop(Duration(0)); }

Result<std::unique_ptr<Consumer>> Consumer::Create(EventBus* bus, ConsumerOptions options,
                                                   EventHandler handler, const Clock& clock,
                                                   Metrics* metrics) {
  if (options.bus.name.empty() || options.bus.subjects.empty() || options.workers < 1 ||
      options.max_attempts < 1) {
    return InvalidArgument("a consumer needs a name, subjects, a worker and an attempt");
  }
  auto impl = std::make_unique<Impl>();
  impl->bus = bus;
  impl->options = std::move(options);
  impl->handler = std::move(handler);
  impl->clock = &clock;
  impl->metrics = metrics;
  return std::unique_ptr<Consumer>(new Consumer(std::move(impl)));
}

Status Consumer::Start(const Context& context) {
  VANG_RETURN_IF_ERROR(impl_->bus->EnsureConsumer(context, impl_->options.bus));
  impl_->started_at = impl_->clock->Now();
  std::lock_guard<std::mutex> lock(impl_->mutex);
  for (int i = 0; i < impl_->options.workers; ++i) {
    impl_->threads.emplace_back([state = impl_.get()] { state->Work(); });
  }
  impl_->threads.emplace_back([state = impl_.get()] { state->Heartbeat(); });
  return {};
}

void Consumer::Stop(Duration drain) {
  std::vector<std::thread> threads;
  {
    std::unique_lock<std::mutex> lock(impl_->mutex);
    if (impl_->threads.empty()) return;
    impl_->fetching.request_stop();
    impl_->stopped.notify_all();
    impl_->stopped.wait_for(lock, drain, [this] { return impl_->running.empty(); });
    impl_->handling.request_stop();
    threads.swap(impl_->threads);
    impl_->stopped.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

Health Consumer::Check(const Context& context) const {
  Health health{impl_->name(), true, ""};
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    if (impl_->threads.empty()) return {impl_->name(), false, "the consumer is not running"};
    if (!impl_->bus_error.empty()) {
      return {impl_->name(), false, "cannot fetch events: " + impl_->bus_error};
    }
    for (const auto& [token, entry] : impl_->running) {
      if (SteadyClock::now() - entry.since > impl_->options.hang_limit) {
        return {impl_->name(), false,
                "event " + entry.delivery.event.id +
                    " has been in work for too long; restart this "
                    "service to give it to another worker"};
      }
    }
  }
  auto states = impl_->bus->Consumers(context);
  if (!states.ok()) return {impl_->name(), false, "bus: " + states.status().message()};
  for (const ConsumerState& state : *states) {
    if (state.name != impl_->name()) continue;
    impl_->metrics->Set("vang_consumer_pending", static_cast<double>(state.pending),
                        {{"consumer", state.name}});
    health.detail =
        std::to_string(state.pending) + " pending, " + std::to_string(state.in_flight) + " in work";
    const TimeMs since = std::max(state.oldest_pending.value_or(0), impl_->started_at);
    const Duration waited(state.oldest_pending ? impl_->clock->Now() - since : 0);
    impl_->metrics->Set("vang_consumer_lag_seconds", std::chrono::duration<double>(waited).count(),
                        {{"consumer", state.name}});
    if (waited > impl_->options.lag_limit) {
      health.ready = false;
      health.detail += "; the oldest has been waiting for " +
                       std::to_string(waited.count() / 1'000) +
                       " s: it does not keep up, give it more workers or another machine";
    }
  }
  return health;
}

}  // namespace vang
