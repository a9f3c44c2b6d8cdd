#include "libs/adapters/event_bus/nats/jetstream.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vang::nats {
namespace {

constexpr int kScanBatch = 256;
constexpr std::int64_t kNanosecond = 1'000'000;  // in a millisecond

// err_code of the server's errors that mean something of their own to us.
constexpr std::int64_t kStoreFailed = 10077;
constexpr std::array<std::int64_t, 5> kNoRoom = {10002, 10023, 10028, 10047, 10122};

Status ErrorOf(const std::string& what, const JsonObject& answer) {
  const JsonValue* member = answer.if_contains("error");
  if (member == nullptr) return {};
  JsonReader error(*member);
  const std::int64_t code = error.OptionalInt("code").value_or(500);
  const std::int64_t number = error.OptionalInt("err_code").value_or(0);
  const std::string text =
      what + ": " + error.OptionalString("description").value_or("no description");
  if (number == kStoreFailed && text.ends_with("maximum messages per subject exceeded")) {
    return AlreadyExists(text);
  }
  if (number == kStoreFailed ||
      std::find(kNoRoom.begin(), kNoRoom.end(), number) != kNoRoom.end()) {
    return ResourceExhausted(text);
  }
  if (code == 404) return NotFound(text);
  if (code == 503) return Unavailable(text);
  return Internal(text);
}

Result<JsonObject> ReadObject(const std::string& what, std::string_view text) {
  VANG_ASSIGN_OR_RETURN(JsonValue document, ParseJson(text));
  if (!document.is_object()) return Internal(what + ": the answer is no JSON object");
  VANG_RETURN_IF_ERROR(ErrorOf(what, document.get_object()));
  return std::move(document.get_object());
}

// RFC 4648 with padding; what is not of its alphabet ends it.
std::string DecodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> values;
  values.fill(0xff);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<std::uint8_t>(c)];
    if (value == 0xff) break;
    bits = bits << 6 | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

std::vector<std::string_view> Split(std::string_view subject) {
  std::vector<std::string_view> tokens;
  while (true) {
    const std::size_t dot = subject.find('.');
    tokens.push_back(subject.substr(0, dot));
    if (dot == std::string_view::npos) return tokens;
    subject.remove_prefix(dot + 1);
  }
}

template <typename T>
bool ReadNumber(std::string_view text, T* number) {
  const auto end = text.data() + text.size();
  return std::from_chars(text.data(), end, *number).ptr == end && !text.empty();
}

}  // namespace

// $JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.…, or with a domain and an account before the
// stream and one more token at the end.
Result<AckSubject> AckSubject::Parse(std::string_view subject) {
  const auto tokens = Split(subject);
  const std::size_t at = tokens.size() >= 11 ? 4 : 2;
  AckSubject ack;
  if (tokens.size() < at + 7 || tokens[0] != "$JS" || tokens[1] != "ACK" ||
      !ReadNumber(tokens[at + 2], &ack.delivered) || !ReadNumber(tokens[at + 3], &ack.sequence) ||
      !ReadNumber(tokens[at + 4], &ack.order)) {
    return InvalidArgument("'" + std::string(subject) + "' is not the token of a delivery");
  }
  ack.stream = tokens[at];
  ack.consumer = tokens[at + 1];
  return ack;
}

std::string Token(std::string_view text) {
  const bool plain =
      !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
      });
  if (plain) return std::string(text);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string token = "=";
  for (const char c : text) {
    token += kHex[static_cast<std::uint8_t>(c) >> 4];
    token += kHex[static_cast<std::uint8_t>(c) & 15];
  }
  return token;
}

Result<JsonObject> JetStream::Call(const Context& context, const std::string& call,
                                   const JsonObject& arguments) {
  const std::string body = arguments.empty() ? "" : WriteJson(arguments);
  VANG_ASSIGN_OR_RETURN(const Message answer,
                        connection_->Request(context, {"$JS.API." + call, body, {}}));
  return ReadObject(call, answer.body());
}

Result<JetStream::Ack> JetStream::ReadAck(const Message& answer) {
  VANG_ASSIGN_OR_RETURN(const JsonObject fields, ReadObject("storing a message", answer.body()));
  const JsonValue document(fields);
  JsonReader reader(document);
  Ack ack;
  ack.sequence = static_cast<std::uint64_t>(reader.Int("seq"));
  ack.duplicate = reader.OptionalBool("duplicate").value_or(false);
  VANG_RETURN_IF_ERROR(reader.status());
  return ack;
}

Result<JetStream::Ack> JetStream::Publish(const Context& context, const Outgoing& message) {
  VANG_ASSIGN_OR_RETURN(const Message answer, connection_->Request(context, message));
  return ReadAck(answer);
}

Status JetStream::PublishAll(const Context& context, const std::vector<Outgoing>& messages) {
  if (messages.empty()) return {};
  VANG_ASSIGN_OR_RETURN(const auto answers, connection_->RequestAll(context, messages));
  for (const Message& answer : answers) VANG_RETURN_IF_ERROR(ReadAck(answer).status());
  return {};
}

Result<Stored> JetStream::Get(const Context& context, const std::string& stream,
                              const JsonObject& which) {
  VANG_ASSIGN_OR_RETURN(const JsonObject answer, Call(context, "STREAM.MSG.GET." + stream, which));
  const JsonValue document(answer);
  JsonReader reader(document);
  const JsonValue message(reader.Object("message"));
  JsonReader fields(message, "/message");
  Stored stored;
  stored.sequence = static_cast<std::uint64_t>(fields.Int("seq"));
  stored.subject = fields.String("subject");
  stored.body = DecodeBase64(fields.OptionalString("data").value_or(""));
  const std::string time = fields.String("time");
  VANG_RETURN_IF_ERROR(reader.status());
  VANG_RETURN_IF_ERROR(fields.status());
  VANG_ASSIGN_OR_RETURN(stored.time, ParseTime(time));
  return stored;
}

Result<Stored> JetStream::Last(const Context& context, const std::string& stream,
                               const std::string& subject) {
  return Get(context, stream, {{"last_by_subj", subject}});
}

Result<Stored> JetStream::Next(const Context& context, const std::string& stream,
                               const std::string& subject, std::uint64_t from) {
  return Get(context, stream,
             {{"seq", std::max<std::uint64_t>(from, 1)}, {"next_by_subj", subject}});
}

Result<Stored> JetStream::At(const Context& context, const std::string& stream,
                             std::uint64_t sequence) {
  return Get(context, stream, {{"seq", sequence}});
}

Status JetStream::Delete(const Context& context, const std::string& stream,
                         std::uint64_t sequence) {
  Status status = Call(context, "STREAM.MSG.DELETE." + stream, {{"seq", sequence}}).status();
  // A failure of the store, and the server has no number for this one.
  for (const char* gone : {"no message found", "deleted message"}) {
    if (status.message().find(gone) != std::string::npos) return NotFound(status.message());
  }
  return status;
}

Status JetStream::Scan(const Context& context, const std::string& stream,
                       const std::string& subject, const From& from, const Visit& visit) {
  JsonObject config{{"ack_policy", "none"},
                    {"replay_policy", "instant"},
                    {"filter_subject", subject},
                    {"mem_storage", true},
                    {"num_replicas", 1},
                    {"headers_only", from.headers_only},
                    {"inactive_threshold", 30'000 * kNanosecond}};
  if (from.time) {
    config["deliver_policy"] = "by_start_time";
    config["opt_start_time"] = FormatTime(*from.time);
  } else {
    config["deliver_policy"] = "by_start_sequence";
    config["opt_start_seq"] = std::max<std::uint64_t>(from.sequence, 1);
  }
  VANG_ASSIGN_OR_RETURN(const JsonObject made, Call(context, "CONSUMER.CREATE." + stream,
                                                    {{"stream_name", stream}, {"config", config}}));
  const JsonValue document(made);
  JsonReader reader(document);
  const std::string name = reader.String("name");
  std::int64_t left = reader.Int("num_pending");
  VANG_RETURN_IF_ERROR(reader.status());

  const auto run = [&]() -> Status {
    std::uint64_t order = 0;
    while (left > 0) {
      const int batch = static_cast<int>(std::min<std::int64_t>(left, kScanBatch));
      VANG_ASSIGN_OR_RETURN(
          const auto messages,
          connection_->Pull(context, "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + name, batch,
                            Duration(0)));
      for (const Message& message : messages) {
        VANG_ASSIGN_OR_RETURN(const AckSubject ack, AckSubject::Parse(message.reply()));
        if (ack.order != ++order) return Unavailable(stream + ": messages were lost on the way");
        VANG_ASSIGN_OR_RETURN(const bool more, visit(ack.sequence, message));
        if (!more) return {};
      }
      left -= static_cast<std::int64_t>(messages.size());
      if (!messages.empty()) continue;
      // Removed meanwhile, or a server that takes its time.
      VANG_RETURN_IF_ERROR(context.Check());
      VANG_ASSIGN_OR_RETURN(const JsonValue now,
                            Call(context, "CONSUMER.INFO." + stream + "." + name));
      left = JsonReader(now).Int("num_pending");
    }
    return {};
  };
  Status status = run();
  // When this fails, the server drops it after its inactive_threshold.
  [[maybe_unused]] const auto dropped = Call(context, "CONSUMER.DELETE." + stream + "." + name);
  return status;
}

}  // namespace vang::nats
