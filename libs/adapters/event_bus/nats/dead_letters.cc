#include "libs/adapters/event_bus/nats/dead_letters.h"

#include <algorithm>

#include "libs/base/utf8.h"

namespace vang::nats {
namespace {

constexpr const char* kProvisional = "Vang-Provisional";
// So that a letter fits where its event did.
constexpr std::size_t kLongestReason = 2'000;  // characters

std::string RecordingOf(const Event& event) {
  const JsonValue* id = event.data.if_contains("recording_id");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

std::string Shortened(const std::string& reason) {
  std::vector<std::uint32_t> characters = ToCodePoints(reason);
  if (characters.size() <= kLongestReason) return reason;
  characters.resize(kLongestReason - 1);
  return FromCodePoints(characters) + "…";
}

// The letter in one line, its event in the rest.
std::string Encode(const DeadLetter& letter) {
  const JsonObject fields{{"id", letter.id},
                          {"consumer", letter.consumer},
                          {"code", letter.code},
                          {"reason", Shortened(letter.reason)},
                          {"attempts", letter.attempts},
                          {"at", letter.at},
                          {"provisional", letter.provisional}};
  return WriteJson(fields) + "\n" + EncodeEvent(letter.event);
}

Result<DeadLetter> Decode(std::string_view body) {
  const std::size_t line = std::min(body.find('\n'), body.size());
  VANG_ASSIGN_OR_RETURN(const JsonValue document, ParseJson(body.substr(0, line)));
  JsonReader fields(document);
  DeadLetter letter;
  letter.id = fields.String("id");
  letter.consumer = fields.String("consumer");
  letter.code = fields.String("code");
  letter.reason = fields.String("reason");
  letter.attempts = static_cast<int>(fields.Int("attempts"));
  letter.at = fields.Int("at");
  letter.provisional = fields.Bool("provisional");
  VANG_RETURN_IF_ERROR(fields.status());
  const std::string_view text = body.substr(std::min(line + 1, body.size()));
  auto event = DecodeEvent(text);
  letter.event = event.ok() ? *std::move(event) : SalvageEvent(text);
  return letter;
}

std::string IdOf(std::string_view subject) {
  return std::string(subject.substr(subject.rfind('.') + 1));
}

}  // namespace

Status DeadLetters::Put(const Context& context, const DeadLetter& letter) {
  Outgoing message;
  message.subject = subject_ + "." + Token(letter.event.tenant) + "." +
                    Token(RecordingOf(letter.event)) + "." + Token(letter.id);
  message.body = Encode(letter);
  if (letter.provisional) message.headers.emplace_back(kProvisional, "1");
  return jetstream_->Publish(context, message).status().Wrap("dead letter " + letter.id);
}

Result<std::vector<DeadLetter>> DeadLetters::List(const Context& context, const std::string& tenant,
                                                  const std::string& cursor, int max) {
  struct Place {
    std::uint64_t sequence;
    std::string id;
  };
  std::vector<Place> places;
  JetStream::From from;
  from.headers_only = true;
  VANG_RETURN_IF_ERROR(jetstream_->Scan(
      context, stream_, subject_ + "." + Token(tenant) + ".>", from,
      [&](std::uint64_t sequence, const Message& message) -> Result<bool> {
        if (message.Header(kProvisional).empty() || IdOf(message.subject()) == Token(cursor)) {
          places.push_back({sequence, IdOf(message.subject())});
        }
        return true;
      }));
  std::reverse(places.begin(), places.end());
  auto at = places.begin();
  if (!cursor.empty()) {
    at = std::find_if(places.begin(), places.end(),
                      [&](const Place& place) { return place.id == Token(cursor); });
    if (at != places.end()) ++at;
  }
  std::vector<DeadLetter> letters;
  for (; at != places.end() && letters.size() < static_cast<std::size_t>(max); ++at) {
    const auto stored = jetstream_->At(context, stream_, at->sequence);
    if (stored.status().code() == Code::kNotFound) continue;  // gone since
    VANG_RETURN_IF_ERROR(stored.status());
    VANG_ASSIGN_OR_RETURN(DeadLetter letter, Decode(stored->body));
    if (!letter.provisional) letters.push_back(std::move(letter));
  }
  return letters;
}

Result<DeadLetter> DeadLetters::Get(const Context& context, const std::string& id,
                                    std::uint64_t* sequence) {
  const auto stored = jetstream_->Last(context, stream_, subject_ + ".*.*." + Token(id));
  if (stored.status().code() == Code::kNotFound) return NotFound("there is no dead letter " + id);
  VANG_RETURN_IF_ERROR(stored.status());
  if (sequence != nullptr) *sequence = stored->sequence;
  return Decode(stored->body);
}

Status DeadLetters::Delete(const Context& context, const std::string& id) {
  const auto stored = jetstream_->Last(context, stream_, subject_ + ".*.*." + Token(id));
  Status status = stored.status();
  if (status.ok()) status = DeleteAt(context, stored->sequence);
  return status.code() == Code::kNotFound ? NotFound("there is no dead letter " + id) : status;
}

Status DeadLetters::DeleteAt(const Context& context, std::uint64_t sequence) {
  return jetstream_->Delete(context, stream_, sequence);
}

Result<int> DeadLetters::Purge(const Context& context, const std::string& recording_id) {
  VANG_ASSIGN_OR_RETURN(
      const JsonValue answer,
      jetstream_->Call(context, "STREAM.PURGE." + stream_,
                       {{"filter", subject_ + ".*." + Token(recording_id) + ".*"}}));
  JsonReader reader(answer);
  const std::int64_t purged = reader.Int("purged");
  VANG_RETURN_IF_ERROR(reader.status());
  return static_cast<int>(purged);
}

}  // namespace vang::nats
