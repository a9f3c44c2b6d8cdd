#include "libs/common/event_data.h"

#include "libs/base/uuid.h"

namespace vang {
namespace {

JsonValue Text(const std::string& s) { return JsonValue(boost::json::string(s)); }

// Each struct has three functions: the members that make its id, its writer and its reader.

std::string Key(const RecordingIngested& d) { return d.upload_id; }
JsonObject Write(const RecordingIngested& d) {
  return {{"recording_id", d.recording_id}, {"upload_id", d.upload_id},  {"sha256", d.sha256},
          {"object_key", d.object_key},     {"bytes", d.bytes},          {"title", d.title},
          {"file_name", d.file_name},       {"media_type", d.media_type}};
}
void Read(JsonReader& r, RecordingIngested* d) {
  d->recording_id = r.String("recording_id");
  d->upload_id = r.String("upload_id");
  d->sha256 = r.String("sha256");
  d->object_key = r.String("object_key");
  d->bytes = r.Int("bytes");
  d->title = r.String("title");
  d->file_name = r.String("file_name");
  d->media_type = r.String("media_type");
}

std::string Key(const TranscriptionCompleted& d) { return d.version_id; }
JsonObject Write(const TranscriptionCompleted& d) {
  return {{"recording_id", d.recording_id},   {"version_id", d.version_id},
          {"model_id", d.model_id},           {"object_key", d.object_key},
          {"audio_seconds", d.audio_seconds}, {"speech_seconds", d.speech_seconds},
          {"segments", d.segments},           {"words", d.words}};
}
void Read(JsonReader& r, TranscriptionCompleted* d) {
  d->recording_id = r.String("recording_id");
  d->version_id = r.String("version_id");
  d->model_id = r.String("model_id");
  d->object_key = r.String("object_key");
  d->audio_seconds = r.Number("audio_seconds");
  d->speech_seconds = r.Number("speech_seconds");
  d->segments = r.Int("segments");
  d->words = r.Int("words");
}

std::string Key(const NlpPostprocessed& d) { return d.version_id; }
JsonObject Write(const NlpPostprocessed& d) {
  return {{"recording_id", d.recording_id}, {"version_id", d.version_id}, {"model_id", d.model_id},
          {"object_key", d.object_key},     {"segments", d.segments},     {"words", d.words}};
}
void Read(JsonReader& r, NlpPostprocessed* d) {
  d->recording_id = r.String("recording_id");
  d->version_id = r.String("version_id");
  d->model_id = r.String("model_id");
  d->object_key = r.String("object_key");
  d->segments = r.Int("segments");
  d->words = r.Int("words");
}

std::string Key(const EmbeddingsIndexed& d) { return d.version_id + "/" + d.embedder_id; }
JsonObject Write(const EmbeddingsIndexed& d) {
  return {{"recording_id", d.recording_id},
          {"version_id", d.version_id},
          {"embedder_id", d.embedder_id},
          {"segments", d.segments},
          {"points", d.points}};
}
void Read(JsonReader& r, EmbeddingsIndexed* d) {
  d->recording_id = r.String("recording_id");
  d->version_id = r.String("version_id");
  d->embedder_id = r.String("embedder_id");
  d->segments = r.Int("segments");
  d->points = r.Int("points");
}

std::string Key(const RecordingFailed& d) { return d.stage + "/" + d.cause_event_id; }
JsonObject Write(const RecordingFailed& d) {
  return {{"recording_id", d.recording_id},
          {"stage", d.stage},
          {"code", d.code},
          {"reason", d.reason},
          {"attempts", d.attempts},
          {"cause_event_id", d.cause_event_id}};
}
void Read(JsonReader& r, RecordingFailed* d) {
  d->recording_id = r.String("recording_id");
  d->stage = r.String("stage");
  d->code = r.String("code");
  d->reason = r.String("reason");
  d->cause_event_id = r.String("cause_event_id");
  d->attempts = r.Int("attempts");
}

std::string Key(const RecordingDeleted& d) { return d.deletion_id; }
JsonObject Write(const RecordingDeleted& d) {
  return {{"recording_id", d.recording_id},
          {"deletion_id", d.deletion_id},
          {"sha256", d.sha256},
          {"deleted_by", d.deleted_by}};
}
void Read(JsonReader& r, RecordingDeleted* d) {
  d->recording_id = r.String("recording_id");
  d->deletion_id = r.String("deletion_id");
  d->sha256 = r.String("sha256");
  d->deleted_by = r.String("deleted_by");
}

std::string Key(const RecordingUpdated& d) { return d.change_id; }
JsonObject Write(const RecordingUpdated& d) {
  JsonObject object{
      {"recording_id", d.recording_id}, {"change_id", d.change_id}, {"author", d.author}};
  if (d.title) object["title"] = *d.title;
  if (d.tags) {
    JsonArray tags;
    for (const std::string& tag : *d.tags) tags.push_back(Text(tag));
    object["tags"] = std::move(tags);
  }
  if (d.speakers) {
    JsonArray speakers;
    for (const auto& [label, name] : *d.speakers) {
      speakers.push_back(JsonObject{{"label", label}, {"name", name}});
    }
    object["speakers"] = std::move(speakers);
  }
  return object;
}
void Read(JsonReader& r, RecordingUpdated* d) {
  d->recording_id = r.String("recording_id");
  d->change_id = r.String("change_id");
  d->author = r.String("author");
  d->title = r.OptionalString("title");
  if (r.OptionalArray("tags") != nullptr) d->tags = r.Strings("tags");
  if (const JsonArray* speakers = r.OptionalArray("speakers")) {
    d->speakers.emplace();
    for (const JsonValue& item : *speakers) {
      JsonReader speaker(item, "/speakers");
      std::string label = speaker.String("label");
      std::string name = speaker.String("name");
      if (!speaker.status().ok()) r.Fail("speakers", "must hold {label, name} pairs");
      d->speakers->emplace_back(std::move(label), std::move(name));
    }
  }
}

std::string Key(const TranscriptEdited& d) { return d.edit_id; }
JsonObject Write(const TranscriptEdited& d) {
  JsonObject object{{"recording_id", d.recording_id},
                    {"version_id", d.version_id},
                    {"edit_id", d.edit_id},
                    {"segment", d.segment},
                    {"old_text", d.old_text},
                    {"new_text", d.new_text},
                    {"author", d.author}};
  if (d.speaker) object["speaker"] = *d.speaker;
  return object;
}
void Read(JsonReader& r, TranscriptEdited* d) {
  d->recording_id = r.String("recording_id");
  d->version_id = r.String("version_id");
  d->edit_id = r.String("edit_id");
  d->segment = r.Int("segment");
  d->old_text = r.String("old_text");
  d->new_text = r.String("new_text");
  d->speaker = r.OptionalString("speaker");
  d->author = r.String("author");
}

std::string Key(const DatasetReady& d) { return d.dataset_id; }
JsonObject Write(const DatasetReady& d) {
  return {{"dataset_id", d.dataset_id},     {"name", d.name},   {"version", d.version},
          {"manifest_key", d.manifest_key}, {"items", d.items}, {"seconds", d.seconds}};
}
void Read(JsonReader& r, DatasetReady* d) {
  d->dataset_id = r.String("dataset_id");
  d->name = r.String("name");
  d->version = r.Int("version");
  d->manifest_key = r.String("manifest_key");
  d->items = r.Int("items");
  d->seconds = r.Number("seconds");
}

std::string Key(const ModelPromoted& d) { return d.promotion_id; }
JsonObject Write(const ModelPromoted& d) {
  return {{"model_id", d.model_id}, {"previous_model_id", d.previous_model_id},
          {"kind", d.kind},         {"alias", d.alias},
          {"action", d.action},     {"promotion_id", d.promotion_id}};
}
void Read(JsonReader& r, ModelPromoted* d) {
  d->model_id = r.String("model_id");
  d->previous_model_id = r.String("previous_model_id");
  d->kind = r.String("kind");
  d->alias = r.String("alias");
  d->action = r.String("action");
  d->promotion_id = r.String("promotion_id");
}

}  // namespace

std::string TranscriptVersionId(std::string_view recording_id, std::string_view model_id) {
  return DerivedId("transcript", recording_id, model_id);
}

std::string RecordingId(std::string_view tenant, std::string_view sha256) {
  return DerivedId("recording", tenant, sha256);
}

template <typename Data>
Event ToEvent(const Data& data, std::string_view tenant, std::string_view source, TimeMs time,
              const Event* cause) {
  Event event;
  event.subject = Data::kSubject;
  event.cause = cause == nullptr ? "" : cause->id;
  event.id = DerivedId("event", event.subject, tenant, event.cause, Key(data));
  event.source = "/services/" + std::string(source);
  event.time = time;
  event.tenant = tenant;
  event.traceparent = cause == nullptr ? "" : cause->traceparent;
  event.data = Write(data);
  return event;
}

template <typename Data>
Result<Data> FromEvent(const Event& event) {
  if (event.subject != Data::kSubject) {
    return InvalidArgument("event " + event.id + " is " + event.subject + ", not " +
                           std::string(Data::kSubject));
  }
  const JsonValue value(event.data);
  JsonReader reader(value, "/data");
  Data data;
  Read(reader, &data);
  VANG_RETURN_IF_ERROR(reader.status());
  return data;
}

#define VANG_EVENT_DATA(Data)                                                                    \
  template Event ToEvent(const Data&, std::string_view, std::string_view, TimeMs, const Event*); \
  template Result<Data> FromEvent(const Event&);
VANG_EVENT_DATA(RecordingIngested)
VANG_EVENT_DATA(TranscriptionCompleted)
VANG_EVENT_DATA(NlpPostprocessed)
VANG_EVENT_DATA(EmbeddingsIndexed)
VANG_EVENT_DATA(RecordingFailed)
VANG_EVENT_DATA(RecordingDeleted)
VANG_EVENT_DATA(RecordingUpdated)
VANG_EVENT_DATA(TranscriptEdited)
VANG_EVENT_DATA(DatasetReady)
VANG_EVENT_DATA(ModelPromoted)
#undef VANG_EVENT_DATA

}  // namespace vang
