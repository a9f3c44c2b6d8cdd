#include "libs/common/event.h"

#include <algorithm>

#include "libs/base/uuid.h"
#include "libs/common/schema.h"

namespace vang {
namespace {

constexpr std::string_view kTypePrefix = "vang.";
constexpr std::string_view kTypeSuffix = ".v1";

}  // namespace

const std::vector<std::string>& EventSubjects() {
  static const std::vector<std::string> subjects = {
      "recording.ingested", "transcription.completed", "nlp.postprocessed",  "embeddings.indexed",
      "recording.failed",   "recording.deleted",       "recording.updated",  "transcript.edited",
      "dataset.ready",      "training.started",        "training.completed", "training.failed",
      "model.promoted"};
  return subjects;
}

bool IsEventSubject(std::string_view subject) {
  const auto& subjects = EventSubjects();
  return std::find(subjects.begin(), subjects.end(), subject) != subjects.end();
}

std::string EncodeEvent(const Event& event) {
  JsonWriter json;
  json.BeginObject()
      .Field("specversion", "1.0")
      .Field("id", event.id)
      .Field("source", event.source)
      .Field("type", std::string(kTypePrefix) + event.subject + std::string(kTypeSuffix))
      .Field("subject", event.subject)
      .Field("time", FormatTime(event.time))
      .Field("datacontenttype", "application/json")
      .Field("tenant", event.tenant);
  if (!event.traceparent.empty()) json.Field("traceparent", event.traceparent);
  if (!event.cause.empty()) json.Field("causationid", event.cause);
  json.Key("data").Value(event.data).EndObject();
  return json.Take();
}

Result<Event> DecodeEvent(std::string_view text) {
  VANG_ASSIGN_OR_RETURN(const JsonValue document, ParseJson(text, 1 << 20));
  VANG_RETURN_IF_ERROR(CheckSchema("event", document));
  JsonReader reader(document);
  Event event;
  event.id = reader.String("id");
  event.source = reader.String("source");
  event.subject = reader.String("subject");
  event.tenant = reader.String("tenant");
  event.traceparent = reader.OptionalString("traceparent").value_or("");
  event.cause = reader.OptionalString("causationid").value_or("");
  const std::string type = reader.String("type");
  const std::string time = reader.String("time");
  event.data = reader.Object("data");
  VANG_RETURN_IF_ERROR(reader.status());
  if (!IsEventSubject(event.subject)) {
    return InvalidArgument("/subject: '" + event.subject + "' is not a subject of ours");
  }
  if (type != std::string(kTypePrefix) + event.subject + std::string(kTypeSuffix)) {
    return InvalidArgument("/type: '" + type + "' does not fit subject " + event.subject);
  }
  VANG_ASSIGN_OR_RETURN(event.time, ParseTime(time));
  if (Status status = CheckSchema(event.subject, document.as_object().at("data")); !status.ok()) {
    const std::string& message = status.message();
    return InvalidArgument("/data" + (message.front() == '/' ? message : ": " + message));
  }
  return event;
}

Event SalvageEvent(std::string_view text) {
  Event event;
  const auto document = ParseJson(text, 1 << 20);
  if (!document.ok() || !document->is_object()) return event;
  const JsonObject& members = document->get_object();
  const auto read = [&](std::string_view name) {
    const JsonValue* value = members.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  event.id = read("id");
  event.source = read("source");
  event.subject = read("subject");
  event.tenant = read("tenant");
  event.traceparent = read("traceparent");
  event.cause = read("causationid");
  if (const auto time = ParseTime(read("time")); time.ok()) event.time = *time;
  const JsonValue* data = members.if_contains("data");
  if (data != nullptr && data->is_object()) event.data = data->get_object();
  return event;
}

}  // namespace vang
