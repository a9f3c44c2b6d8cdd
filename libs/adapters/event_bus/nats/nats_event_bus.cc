#include "libs/adapters/event_bus/nats/nats_event_bus.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "libs/adapters/event_bus/nats/durable_consumer.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using nats::Connection;
using nats::DeadLetters;
using nats::DurableConsumer;
using nats::JetStream;
using nats::Message;
using nats::Outgoing;
using nats::Stored;
using nats::Streams;

// Left free in a message of the largest size for the headers and, in a dead letter, the reason.
constexpr std::size_t kEnvelope = 16'384;
constexpr std::size_t kReplayBatch = 256;
constexpr Duration kRestore{3'000};

using Settlement = DurableConsumer::Settlement;

class Bus final : public NatsEventBus {
 public:
  Bus(NatsEventBusConfig config, std::unique_ptr<Connection> connection)
      : config_(std::move(config)),
        connection_(std::move(connection)),
        jetstream_(connection_.get()),
        streams_(&jetstream_, config_),
        letters_(&jetstream_, streams_.letters, streams_.LetterSubject()) {}

  Result<PublishAck> Publish(const Context& context, const Event& event) override {
    const std::string body = EncodeEvent(event);
    if (const auto decoded = DecodeEvent(body); !decoded.ok()) {
      return decoded.status().Wrap("event " + event.subject + " breaks its schema");
    }
    VANG_RETURN_IF_ERROR(Ready(context));
    if (const std::size_t most = connection_->MaxPayload();
        most > 0 && body.size() + kEnvelope > most) {
      return InvalidArgument("event " + event.id + " has " + std::to_string(body.size()) +
                             " bytes; the server's max_payload of " + std::to_string(most) +
                             " leaves no room for it");
    }
    const std::string subject = streams_.EventSubject(event.subject, event.id);
    const auto ack = jetstream_.Publish(context, {subject, body, {{"Nats-Msg-Id", event.id}}});
    if (ack.ok()) return PublishAck{ack->sequence, ack->duplicate};
    // Older than the server's memory of ids: the stream refused it.
    if (ack.status().code() == Code::kAlreadyExists) {
      VANG_ASSIGN_OR_RETURN(const Stored first, jetstream_.Last(context, streams_.events, subject));
      return PublishAck{first.sequence, true};
    }
    if (ack.status().code() == Code::kUnavailable) streams_.Forget();
    return ack.status().Wrap("event " + event.id);
  }

  Status EnsureConsumer(const Context& context, const ConsumerConfig& config) override {
    return EnsureConsumerFrom(context, config, 0);
  }

  Status EnsureConsumerFrom(const Context& context, const ConsumerConfig& config,
                            std::uint64_t sequence) override {
    if (config.name.empty() || config.name.size() > 64 || nats::Token(config.name) != config.name) {
      return InvalidArgument("'" + config.name +
                             "' is not a name of a consumer: letters, digits, '-' and '_'");
    }
    if (config.subjects.empty() || config.max_in_flight < 1 || config.ack_wait.count() < 1) {
      return InvalidArgument("consumer '" + config.name +
                             "' needs subjects, a max_in_flight and an ack_wait");
    }
    for (const std::string& subject : config.subjects) {
      if (!IsEventSubject(subject)) return InvalidArgument("'" + subject + "' is not a subject");
    }
    VANG_RETURN_IF_ERROR(Ready(context));
    auto consumer = Make(config);
    VANG_RETURN_IF_ERROR(consumer->Ensure(context, sequence));
    std::lock_guard<std::mutex> lock(mutex_);
    consumers_[config.name] = {std::move(consumer), true};
    return {};
  }

  Result<std::vector<Delivery>> Fetch(const Context& context, const std::string& consumer, int max,
                                      Duration wait) override {
    const auto end = std::chrono::steady_clock::now() + context.Remaining(wait);
    std::vector<Delivery> deliveries;
    while (max > 0) {
      VANG_RETURN_IF_ERROR(context.Check());
      const auto left =
          std::chrono::duration_cast<Duration>(end - std::chrono::steady_clock::now());
      auto taken = Take(context, consumer, max, std::max(left, Duration(0)));
      if (!taken.ok()) {
        // Stopped or late meanwhile says more than what broke off.
        VANG_RETURN_IF_ERROR(context.Check());
        return taken.status();
      }
      deliveries = *std::move(taken);
      if (!deliveries.empty() || std::chrono::steady_clock::now() >= end) break;
    }
    return deliveries;
  }

  Status Ack(const Context& context, const std::string& consumer,
             const Delivery& delivery) override {
    return Settle(context, consumer, delivery, Settlement::kAck, Duration(0));
  }
  Status Retry(const Context& context, const std::string& consumer, const Delivery& delivery,
               Duration delay) override {
    return Settle(context, consumer, delivery, Settlement::kRetry, delay);
  }
  Status Extend(const Context& context, const std::string& consumer,
                const Delivery& delivery) override {
    return Settle(context, consumer, delivery, Settlement::kExtend, Duration(0));
  }

  Result<std::uint64_t> Replay(const Context& context, const std::string& consumer,
                               const std::string& subject, const ReplayFrom& from) override {
    VANG_ASSIGN_OR_RETURN(const auto durable, Find(context, consumer));
    if (!subject.empty() && !durable->Takes(subject)) {
      return InvalidArgument("consumer '" + consumer + "' does not take " + subject);
    }
    // What it has not been given yet comes anyway.
    VANG_ASSIGN_OR_RETURN(
        const JsonValue info,
        jetstream_.Call(context, "CONSUMER.INFO." + streams_.events + "." + consumer));
    const JsonValue delivered(JsonReader(info).Object("delivered"));
    const auto last = static_cast<std::uint64_t>(JsonReader(delivered).Int("stream_seq"));

    std::uint64_t count = 0;
    std::vector<Outgoing> batch;
    const auto send = [&]() -> Status {
      const Status sent = jetstream_.PublishAll(context, batch);
      if (!sent.ok()) {
        return sent.Wrap("replay broke off after " + std::to_string(count) +
                         " events, which will be delivered");
      }
      count += batch.size();
      batch.clear();
      return {};
    };
    const auto visit = [&](std::uint64_t sequence, const Message& message) -> Result<bool> {
      if (sequence > last) return false;
      if (from.sequence && sequence < *from.sequence) return true;
      const std::string stored_as(message.subject());
      const std::size_t begin = streams_.EventSubject("", "").size() - 1;
      const std::size_t end = std::max(stored_as.rfind('.'), begin);
      const std::string_view its = std::string_view(stored_as).substr(begin, end - begin);
      if (subject.empty() ? !durable->Takes(its) : its != subject) return true;
      batch.push_back(DurableConsumer::MakeAgain(
          streams_, consumer, {sequence, stored_as, 0, std::string(message.body())}));
      if (batch.size() == kReplayBatch) VANG_RETURN_IF_ERROR(send());
      return true;
    };
    JetStream::From start;
    start.sequence = from.sequence.value_or(1);
    start.time = from.time;
    const std::string filter = streams_.EventSubject(subject.empty() ? ">" : subject, "*");
    VANG_RETURN_IF_ERROR(jetstream_.Scan(
        context, streams_.events, subject.empty() ? filter.substr(0, filter.size() - 2) : filter,
        start, visit));
    VANG_RETURN_IF_ERROR(send());
    durable->ExpectAgain();
    return count;
  }

  Result<std::vector<std::pair<std::uint64_t, Event>>> Read(const Context& context,
                                                            std::uint64_t after, int max) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    std::vector<std::pair<std::uint64_t, Event>> events;
    JetStream::From start;
    start.sequence = after + 1;
    const auto visit = [&](std::uint64_t sequence, const Message& message) -> Result<bool> {
      auto event = DecodeEvent(message.body());
      if (event.ok()) {
        events.emplace_back(sequence, *std::move(event));
      } else {
        Log(LogLevel::kWarning, "event-bus", "passing over an event that no longer decodes",
            {{"sequence", std::to_string(sequence)}, {"error", event.status().ToString()}});
      }
      return events.size() < static_cast<std::size_t>(max);
    };
    VANG_RETURN_IF_ERROR(
        jetstream_.Scan(context, streams_.events, config_.prefix + ".event.>", start, visit));
    return events;
  }

  Result<std::vector<ConsumerState>> Consumers(const Context& context) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    std::map<std::string, ConsumerState> states;
    for (const std::string& stream : {streams_.events, streams_.again}) {
      VANG_RETURN_IF_ERROR(AddStates(context, stream, &states));
    }
    std::vector<ConsumerState> list;
    list.reserve(states.size());
    for (auto& [name, state] : states) list.push_back(std::move(state));
    return list;
  }

  Status PutDeadLetter(const Context& context, const DeadLetter& letter) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    return letters_.Put(context, letter);
  }
  Result<std::vector<DeadLetter>> ListDeadLetters(const Context& context, const std::string& tenant,
                                                  const std::string& cursor, int max) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    return letters_.List(context, tenant, cursor, max);
  }
  Result<DeadLetter> GetDeadLetter(const Context& context, const std::string& id) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    return letters_.Get(context, id, nullptr);
  }
  Status DeleteDeadLetter(const Context& context, const std::string& id) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    return letters_.Delete(context, id);
  }

  Status RedriveDeadLetter(const Context& context, const std::string& id) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    DurableConsumer::Again again;
    VANG_ASSIGN_OR_RETURN(const DeadLetter letter, letters_.Get(context, id, &again.letter));
    again.body = EncodeEvent(letter.event);
    if (nats::Token(letter.event.id) == letter.event.id && IsEventSubject(letter.event.subject)) {
      again.stored_as = streams_.EventSubject(letter.event.subject, letter.event.id);
      const auto stored = jetstream_.Last(context, streams_.events, again.stored_as);
      if (stored.ok()) again.sequence = stored->sequence;
    }
    const std::uint64_t letter_sequence = again.letter;
    VANG_RETURN_IF_ERROR(jetstream_
                             .Publish(context, DurableConsumer::MakeAgain(streams_, letter.consumer,
                                                                          std::move(again)))
                             .status());
    // From here on it is done, by whoever takes the event if not by us.
    const Status gone = letters_.DeleteAt(context, letter_sequence);
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = consumers_.find(letter.consumer);
    if (found != consumers_.end()) found->second.consumer->ExpectAgain();
    return gone.code() == Code::kNotFound ? Status() : gone;
  }

  Result<int> PurgeRecording(const Context& context, const std::string& recording_id) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    return letters_.Purge(context, recording_id);
  }

  Status Ping(const Context& context) override {
    VANG_RETURN_IF_ERROR(Ready(context));
    const auto info = jetstream_.Call(context, "STREAM.INFO." + streams_.events);
    if (info.status().code() == Code::kNotFound) streams_.Forget();
    if (info.ok()) streams_.Learn(context, *info);
    return info.status();
  }

  std::string Facts() override { return streams_.Facts(); }

 private:
  struct Known {
    std::shared_ptr<DurableConsumer> consumer;
    bool ensured = false;  // by us: made again when the server lost it
  };

  Status Ready(const Context& context) {
    VANG_RETURN_IF_ERROR(context.Check());
    return streams_.Ensure(context);
  }

  std::shared_ptr<DurableConsumer> Make(ConsumerConfig config) {
    return std::make_shared<DurableConsumer>(connection_.get(), &jetstream_, &streams_, &letters_,
                                             std::move(config));
  }

  Result<std::shared_ptr<DurableConsumer>> Find(const Context& context, const std::string& name) {
    VANG_RETURN_IF_ERROR(Ready(context));
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (const auto found = consumers_.find(name); found != consumers_.end()) {
        return found->second.consumer;
      }
    }
    if (nats::Token(name) != name) return NotFound("there is no consumer '" + name + "'");
    VANG_ASSIGN_OR_RETURN(ConsumerConfig config,
                          DurableConsumer::Load(context, jetstream_, streams_, name));
    std::lock_guard<std::mutex> lock(mutex_);
    return consumers_.try_emplace(name, Known{Make(std::move(config)), false})
        .first->second.consumer;
  }

  Result<std::vector<Delivery>> Take(const Context& context, const std::string& name, int max,
                                     Duration wait) {
    VANG_ASSIGN_OR_RETURN(const auto consumer, Find(context, name));
    auto taken = consumer->Take(context, max, wait);
    if (taken.status().code() != Code::kNotFound) return taken;
    // The server lost it (restored from a backup, wiped), or is not up yet and answers
    // kUnavailable.
    VANG_RETURN_IF_ERROR(Restore(context, name, *consumer));
    return std::vector<Delivery>();
  }

  Status Restore(const Context& context, const std::string& name, DurableConsumer& consumer) {
    bool ours = false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      const auto found = consumers_.find(name);
      ours = found != consumers_.end() && found->second.ensured;
      if (!ours) consumers_.erase(name);
    }
    if (!ours) {
      VANG_RETURN_IF_ERROR(DurableConsumer::Load(context, jetstream_, streams_, name).status());
      return Unavailable("consumer '" + name + "' does not answer yet");
    }
    streams_.Forget();
    VANG_RETURN_IF_ERROR(Ready(context));
    return consumer.Ensure(context);
  }

  Status Settle(const Context& context, const std::string& name, const Delivery& delivery,
                Settlement how, Duration delay) {
    VANG_ASSIGN_OR_RETURN(const auto consumer, Find(context, name));
    return consumer->Settle(context, delivery, how, delay);
  }

  Status AddStates(const Context& context, const std::string& stream,
                   std::map<std::string, ConsumerState>* states) {
    std::size_t offset = 0;
    while (true) {
      VANG_ASSIGN_OR_RETURN(
          const JsonValue answer,
          jetstream_.Call(context, "CONSUMER.LIST." + stream, {{"offset", offset}}));
      JsonReader reader(answer);
      const JsonArray& page = reader.Array("consumers");
      const std::int64_t total = reader.Int("total");
      VANG_RETURN_IF_ERROR(reader.status());
      for (const JsonValue& item : page) {
        VANG_RETURN_IF_ERROR(AddState(context, stream, item, states));
      }
      offset += page.size();
      if (page.empty() || offset >= static_cast<std::size_t>(total)) return {};
    }
  }

  Status AddState(const Context& context, const std::string& stream, const JsonValue& info,
                  std::map<std::string, ConsumerState>* states) {
    JsonReader reader(info);
    const JsonObject& config = reader.Object("config");
    const std::string name = reader.String("name");
    const auto pending = static_cast<std::uint64_t>(reader.Int("num_pending"));
    const auto in_flight = static_cast<std::uint64_t>(reader.Int("num_ack_pending"));
    const JsonValue delivered(reader.Object("delivered"));
    VANG_RETURN_IF_ERROR(reader.status());
    // A scan's own.
    if (config.if_contains("durable_name") == nullptr) return {};
    ConsumerState& state = (*states)[name];
    state.name = name;
    state.pending += pending;
    state.in_flight += in_flight;
    if (pending == 0 || stream != streams_.events) return {};
    const auto last = static_cast<std::uint64_t>(JsonReader(delivered).Int("stream_seq"));
    VANG_ASSIGN_OR_RETURN(const auto consumer, Find(context, name));
    for (const std::string& subject : consumer->config().subjects) {
      const auto next =
          jetstream_.Next(context, streams_.events, streams_.EventSubject(subject, "*"), last + 1);
      if (next.status().code() == Code::kNotFound) continue;
      VANG_RETURN_IF_ERROR(next.status());
      state.oldest_pending = std::min(state.oldest_pending.value_or(next->time), next->time);
    }
    return {};
  }

  const NatsEventBusConfig config_;
  const std::unique_ptr<Connection> connection_;
  JetStream jetstream_;
  Streams streams_;
  DeadLetters letters_;
  std::mutex mutex_;
  std::map<std::string, Known> consumers_;
};

Status Check(const NatsEventBusConfig& config) {
  if (config.urls.empty()) return InvalidArgument("NATS: no URL");
  if (config.prefix.size() > 64 || nats::Token(config.prefix) != config.prefix) {
    return InvalidArgument("NATS: prefix '" + config.prefix +
                           "' may have letters, digits, '-' and '_'");
  }
  if (config.replicas != 1 && config.replicas != 3 && config.replicas != 5) {
    return InvalidArgument("NATS: replicas must be 1, 3 or 5");
  }
  const int ways = (config.user.empty() ? 0 : 1) + (config.token.empty() ? 0 : 1) +
                   (config.nkey.empty() ? 0 : 1) + (config.credentials_file.empty() ? 0 : 1);
  if (ways > 1) return InvalidArgument("NATS: give one of user, token, nkey and credentials file");
  if (config.nkey.empty() != config.nkey_seed_file.empty()) {
    return InvalidArgument("NATS: an nkey needs its seed file");
  }
  if (config.tls_certificate_file.empty() != config.tls_key_file.empty()) {
    return InvalidArgument("NATS: a client certificate needs its key");
  }
  if (config.timeout.count() < 1 || config.duplicate_window.count() < 100) {
    return InvalidArgument("NATS: timeout from 1 ms, duplicate window from 100 ms on");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<NatsEventBus>> OpenNatsEventBus(NatsEventBusConfig config) {
  VANG_RETURN_IF_ERROR(Check(config));
  VANG_ASSIGN_OR_RETURN(auto connection, Connection::Open(config));
  return std::unique_ptr<NatsEventBus>(new Bus(std::move(config), std::move(connection)));
}

}  // namespace vang
