#include "libs/adapters/event_bus/nats/durable_consumer.h"

#include <algorithm>

#include "libs/runtime/log.h"

namespace vang::nats {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kNanoseconds = 1'000'000;  // of a millisecond
constexpr Duration kLongestPull{1'000};
// Between two looks for something to do again, while there is nothing.
constexpr Duration kAgainPause{250};
constexpr Duration kLetterPause{1'000};

// Headers of what is to be done again.
constexpr const char* kSubject = "Vang-Subject";    // of the event in the log
constexpr const char* kSequence = "Vang-Sequence";  // of the event in the log; absent = not there
constexpr const char* kLetter = "Vang-Letter";      // sequence of the dead letter that goes with it

std::string Join(const std::vector<std::string>& subjects) {
  std::string text;
  for (const std::string& subject : subjects) text += (text.empty() ? "" : ",") + subject;
  return text;
}

std::vector<std::string> SplitSubjects(std::string_view text) {
  std::vector<std::string> subjects;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    subjects.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return subjects;
}

std::uint64_t ToNumber(const std::string& text) {
  return text.empty() ? 0 : std::strtoull(text.c_str(), nullptr, 10);
}

}  // namespace

Result<ConsumerConfig> DurableConsumer::Load(const Context& context, JetStream& jetstream,
                                             const Streams& streams, const std::string& name) {
  const auto info = jetstream.Call(context, "CONSUMER.INFO." + streams.events + "." + name);
  if (info.status().code() == Code::kNotFound) {
    return NotFound("there is no consumer '" + name + "'");
  }
  VANG_RETURN_IF_ERROR(info.status());
  const JsonValue document(*info);
  const JsonValue config(JsonReader(document).Object("config"));
  JsonReader reader(config, "/config");
  ConsumerConfig loaded;
  loaded.name = name;
  loaded.subjects = SplitSubjects(reader.OptionalString("description").value_or(""));
  loaded.max_in_flight = static_cast<int>(reader.Int("max_ack_pending"));
  loaded.ack_wait = Duration(reader.Int("ack_wait") / kNanoseconds);
  VANG_RETURN_IF_ERROR(reader.status());
  return loaded;
}

bool DurableConsumer::Takes(std::string_view subject) const {
  return std::find(config_.subjects.begin(), config_.subjects.end(), subject) !=
         config_.subjects.end();
}

Outgoing DurableConsumer::MakeAgain(const Streams& streams, const std::string& name, Again what) {
  Outgoing message{streams.AgainSubject(name), std::move(what.body), {}};
  if (!what.stored_as.empty()) message.headers.emplace_back(kSubject, std::move(what.stored_as));
  if (what.sequence != 0) {
    message.headers.emplace_back(kSequence, std::to_string(what.sequence));
  }
  if (what.letter != 0) {
    message.headers.emplace_back(kLetter, std::to_string(what.letter));
    // Asked for twice is done once.
    message.headers.emplace_back("Nats-Msg-Id", "letter-" + std::to_string(what.letter));
  }
  return message;
}

void DurableConsumer::ExpectAgain() {
  std::lock_guard<std::mutex> lock(mutex_);
  next_again_ = SteadyClock::now();
}

Status DurableConsumer::Ensure(const Context& context, std::uint64_t sequence) {
  VANG_RETURN_IF_ERROR(EnsureOn(context, streams_->again, 0));
  return EnsureOn(context, streams_->events, sequence);
}

Status DurableConsumer::EnsureOn(const Context& context, const std::string& stream,
                                 std::uint64_t sequence) {
  JsonObject config{{"durable_name", config_.name},
                    {"description", Join(config_.subjects)},
                    {"ack_policy", "explicit"},
                    {"ack_wait", config_.ack_wait.count() * kNanoseconds},
                    {"max_ack_pending", config_.max_in_flight},
                    {"max_deliver", -1},
                    {"replay_policy", "instant"},
                    {"deliver_policy", "all"}};
  if (stream == streams_->again) {
    config["filter_subject"] = streams_->AgainSubject(config_.name);
  } else if (config_.subjects.size() == 1) {
    config["filter_subject"] = streams_->EventSubject(config_.subjects.front(), "*");
  } else {
    JsonArray filters;
    for (const std::string& subject : config_.subjects) {
      filters.emplace_back(streams_->EventSubject(subject, "*"));
    }
    config["filter_subjects"] = std::move(filters);
  }
  const std::string name = stream + "." + config_.name;
  const auto info = jetstream_->Call(context, "CONSUMER.INFO." + name);
  if (info.ok()) {
    const JsonValue document(*info);
    JsonReader reader(document);
    const JsonObject& have = reader.Object("config");
    const JsonValue floor(reader.Object("ack_floor"));
    VANG_RETURN_IF_ERROR(reader.status());
    const auto same = [&](const char* setting) {
      const JsonValue* value = have.if_contains(setting);
      return value != nullptr && *value == config.at(setting);
    };
    if (same("description") || stream == streams_->again) {
      if (same("description") && same("ack_wait") && same("max_ack_pending")) return {};
      for (const char* fixed : {"deliver_policy", "opt_start_seq"}) {
        if (const JsonValue* value = have.if_contains(fixed)) config[fixed] = *value;
      }
    } else {
      // A server cannot give a consumer other subjects and keep its books right. It goes on where
      // all before it was settled: some comes again, nothing is left out.
      VANG_RETURN_IF_ERROR(jetstream_->Call(context, "CONSUMER.DELETE." + name).status());
      config["deliver_policy"] = "by_start_sequence";
      config["opt_start_seq"] = JsonReader(floor).Int("stream_seq") + 1;
    }
  } else if (info.status().code() != Code::kNotFound) {
    return info.status();
  } else if (sequence > 0) {
    config["deliver_policy"] = "by_start_sequence";
    config["opt_start_seq"] = sequence + 1;
  }
  return jetstream_
      ->Call(context, "CONSUMER.DURABLE.CREATE." + name,
             {{"stream_name", stream}, {"config", config}})
      .status();
}

Result<std::vector<Delivery>> DurableConsumer::Take(const Context& context, int max,
                                                    Duration wait) {
  bool look_again = false;
  bool active = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    turn_ = !turn_;
    active = again_active_;
    // While there is something to do again, take turns with what is new.
    look_again = active ? turn_ : (wait.count() == 0 || SteadyClock::now() >= next_again_);
  }
  std::vector<Delivery> deliveries;
  if (look_again) {
    VANG_ASSIGN_OR_RETURN(deliveries, Pull(context, streams_->again, max, Duration(0)));
    std::lock_guard<std::mutex> lock(mutex_);
    again_active_ = !deliveries.empty();
    next_again_ = SteadyClock::now() + kAgainPause;
    active = again_active_;
  }
  const int left = max - static_cast<int>(deliveries.size());
  if (left == 0) return deliveries;
  const bool may_wait = wait.count() > 0 && deliveries.empty() && !active;
  if (left > 1 || !may_wait) {
    VANG_ASSIGN_OR_RETURN(auto fresh, Pull(context, streams_->events, left, Duration(0)));
    std::move(fresh.begin(), fresh.end(), std::back_inserter(deliveries));
  }
  if (!may_wait || !deliveries.empty()) return deliveries;
  return Pull(context, streams_->events, 1, std::min(wait, kLongestPull));
}

Result<std::vector<Delivery>> DurableConsumer::Pull(const Context& context,
                                                    const std::string& stream, int max,
                                                    Duration wait) {
  const std::string subject = "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + config_.name;
  VANG_ASSIGN_OR_RETURN(const auto messages, connection_->Pull(context, subject, max, wait));
  std::vector<Delivery> deliveries;
  std::vector<Outgoing> passed_over;
  for (const Message& message : messages) {
    VANG_ASSIGN_OR_RETURN(const AckSubject ack, AckSubject::Parse(message.reply()));
    const std::string reply(message.reply());
    if (const std::uint64_t letter = ToNumber(message.Header(kLetter)); letter != 0) {
      // The letter of a redriven event goes before the event comes: both or neither.
      const Status gone = letters_->DeleteAt(context, letter);
      if (!gone.ok() && gone.code() != Code::kNotFound) {
        Log(LogLevel::kWarning, "event-bus", "cannot remove the letter of a redriven event",
            {{"consumer", config_.name}, {"error", gone.ToString()}});
        passed_over.push_back(
            {reply,
             "-NAK {\"delay\":" + std::to_string(kLetterPause.count() * kNanoseconds) + "}",
             {}});
        continue;
      }
    }
    std::optional<Delivery> delivery = MakeDelivery(message, ack);
    if (!delivery) {
      passed_over.push_back({reply, "+ACK", {}});
      continue;
    }
    Remember(ack);
    deliveries.push_back(*std::move(delivery));
  }
  if (!passed_over.empty()) {
    // When this fails they come again and are passed over again.
    const Status settled = connection_->RequestAll(context, passed_over).status();
    if (!settled.ok() && deliveries.empty()) return settled;
  }
  return deliveries;
}

std::optional<Delivery> DurableConsumer::MakeDelivery(const Message& message,
                                                      const AckSubject& ack) const {
  Delivery delivery;
  delivery.replay = ack.stream == streams_->again;
  delivery.attempt = ack.delivered;
  delivery.token = message.reply();
  delivery.sequence = delivery.replay ? ToNumber(message.Header(kSequence)) : ack.sequence;
  const std::string stored =
      delivery.replay ? message.Header(kSubject) : std::string(message.subject());
  // <prefix>.event.<subject>.<id>
  const std::size_t begin = streams_->EventSubject("", "").size() - 1;
  const std::size_t end = std::max(stored.rfind('.'), begin);
  if (stored.size() > begin) {
    delivery.event.subject = stored.substr(begin, end - begin);
    delivery.event.id = stored.substr(std::min(end + 1, stored.size()));
  }
  if (!delivery.replay && !Takes(delivery.event.subject)) return std::nullopt;
  auto decoded = DecodeEvent(message.body());
  if (decoded.ok()) {
    delivery.event = *std::move(decoded);
    return delivery;
  }
  delivery.fault = decoded.status().Wrap("the stored event no longer decodes");
  Event salvaged = SalvageEvent(message.body());
  salvaged.id = delivery.event.id.empty() ? salvaged.id : delivery.event.id;
  salvaged.subject = delivery.event.subject.empty() ? salvaged.subject : delivery.event.subject;
  delivery.event = std::move(salvaged);
  return delivery;
}

void DurableConsumer::Remember(const AckSubject& ack) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto now = SteadyClock::now();
  if (in_hand_.size() > 4 * static_cast<std::size_t>(config_.max_in_flight)) {
    // Never settled here: another process has had them since.
    std::erase_if(in_hand_, [&](const auto& entry) { return entry.second.until < now; });
  }
  in_hand_[{ack.stream, ack.sequence}] = {ack.delivered, now + config_.ack_wait};
}

Status DurableConsumer::Settle(const Context& context, const Delivery& delivery, Settlement how,
                               Duration delay) {
  VANG_ASSIGN_OR_RETURN(const AckSubject ack, AckSubject::Parse(delivery.token));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto now = SteadyClock::now();
    const auto found = in_hand_.find({ack.stream, ack.sequence});
    if (found != in_hand_.end()) {
      if (found->second.delivered > ack.delivered) return {};
      // Late: it may be in another process's hands, and must not be taken out of them.
      if (how == Settlement::kRetry && found->second.until < now) return {};
      found->second.until = now + config_.ack_wait;
    }
  }
  std::string verdict = "+ACK";
  if (how == Settlement::kExtend) verdict = "+WPI";
  if (how == Settlement::kRetry) {
    verdict = "-NAK";
    if (delay.count() > 0) {
      verdict += " {\"delay\":" + std::to_string(delay.count() * kNanoseconds) + "}";
    }
  }
  const Outgoing answer{delivery.token, verdict, {}};
  // An acknowledgement that is lost brings the event again, which changes nothing; so the next one
  // need not wait for the server's word. That would be half of what an event costs. From the second
  // time on it is waited for: attempts are counted, and must not be used up by lost words.
  const bool wait = how != Settlement::kAck || ack.delivered > 1;
  VANG_RETURN_IF_ERROR(wait ? connection_->Request(context, answer).status()
                            : connection_->Send(context, answer));
  if (how == Settlement::kExtend) return {};
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = in_hand_.find({ack.stream, ack.sequence});
  if (found != in_hand_.end() && found->second.delivered == ack.delivered) in_hand_.erase(found);
  return {};
}

}  // namespace vang::nats
