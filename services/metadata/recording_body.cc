#include "services/metadata/recording_body.h"

#include <algorithm>

#include "libs/base/sha256.h"
#include "libs/common/json.h"

namespace vang::metadata {
namespace {

void Seconds(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  json.Key(key);
  if (value) {
    json.Number(*value, 3);
  } else {
    json.Null();
  }
}

void Text(JsonWriter& json, std::string_view key, const std::optional<std::string>& value) {
  json.Key(key);
  if (value) {
    json.String(*value);
  } else {
    json.Null();
  }
}

void Stage(JsonWriter& json, const RecordingRows& rows, const std::string& version_id,
           std::string_view stage) {
  std::optional<std::string> at;
  for (const StageTime& row : rows.stages) {
    if (row.stage == stage && row.version_id == version_id) at = FormatTime(row.at);
  }
  Text(json, stage, at);
}

}  // namespace

std::string RecordingBody(const RecordingRows& rows) {
  const Recording& row = *rows.recording;
  JsonWriter json;
  json.BeginObject()
      .Field("id", row.id)
      .Field("title", row.title)
      .Field("file_name", row.file_name)
      .Field("media_type", row.media_type)
      .Field("bytes", row.bytes);
  Seconds(json, "duration", row.duration);
  Seconds(json, "speech_duration", row.speech_seconds);
  json.Field("status", row.status).Field("status_detail", row.status_detail).Key("failure");
  if (row.status == "failed") {
    json.BeginObject()
        .Field("stage", row.failed_stage)
        .Field("code", row.failed_code)
        .Field("reason", row.status_detail)
        .EndObject();
  } else {
    json.Null();
  }
  json.Key("stages").BeginObject();
  Stage(json, rows, "", "ingested");
  for (const char* stage : {"transcribed", "readable", "indexed"}) {
    Stage(json, rows, row.current_version.empty() ? "-" : row.current_version, stage);
  }
  json.EndObject()
      .Field("created_at", FormatTime(row.created_at))
      .Field("updated_at", FormatTime(row.updated_at))
      .Key("tags")
      .BeginArray();
  for (const std::string& tag : row.tags) json.String(tag);
  json.EndArray().Key("speakers").BeginObject();
  for (const auto& [label, name] : row.speakers) json.Field(label, name);
  json.EndObject().Key("version");
  if (const TranscriptVersion* version = FindVersion(rows, row.current_version)) {
    json.Int(version->number);
  } else {
    json.Null();
  }
  json.EndObject();
  return json.Take();
}

std::string RecordingRowsBody(const RecordingRows& rows) {
  const Recording& row = *rows.recording;
  JsonWriter json;
  json.BeginObject();
  Text(json, "current_version",
       row.current_version.empty() ? std::nullopt : std::optional(row.current_version));
  json.Key("versions").BeginArray();
  for (const TranscriptVersion& version : rows.versions) {
    json.BeginObject()
        .Field("version_id", version.version_id)
        .Field("number", version.number)
        .Field("model_id", version.model_id)
        .Field("raw_key", version.raw_key)
        .Field("readable_key", version.readable_key)
        .Field("segments", version.segments)
        .Field("words", version.words)
        .Field("indexed_points", version.indexed_points)
        .Field("created_at", FormatTime(version.created_at))
        .EndObject();
  }
  json.EndArray().Key("edits").BeginArray();
  for (const TranscriptEdit& edit : rows.edits) {
    json.BeginObject()
        .Field("id", edit.id)
        .Field("version_id", edit.version_id)
        .Field("segment", edit.segment)
        .Field("old_text", edit.old_text)
        .Field("new_text", edit.new_text);
    Text(json, "speaker", edit.speaker);
    json.Field("author", edit.author).Field("at", FormatTime(edit.at)).EndObject();
  }
  json.EndArray().Field("sha256", row.sha256).Field("object_key", row.object_key).EndObject();
  return "{\"recording\":" + RecordingBody(rows) + "," + json.text().substr(1);
}

std::string ReceiptBody(const DeletionReceipt& receipt) {
  JsonWriter json;
  json.BeginObject()
      .Field("recording_id", receipt.recording_id)
      .Field("deleted_by", receipt.deleted_by)
      .Field("deleted_at", FormatTime(receipt.at))
      .EndObject();
  return json.Take();
}

std::string EditBody(const TranscriptEdit& edit, std::int64_t version) {
  JsonWriter json;
  json.BeginObject()
      .Field("id", edit.id)
      .Field("version", version)
      .Field("segment", edit.segment)
      .Field("old_text", edit.old_text)
      .Field("new_text", edit.new_text);
  Text(json, "speaker", edit.speaker);
  json.Field("author", edit.author).Field("at", FormatTime(edit.at)).EndObject();
  return json.Take();
}

std::string EntityTag(std::string_view body) { return "\"" + Sha256Hex(body).substr(0, 32) + "\""; }

namespace {

bool Names(std::string_view header, std::string_view tag, bool weakly) {
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view item = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (weakly && item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || item == tag) return true;
  }
  return false;
}

}  // namespace

bool NamesTag(std::string_view header, std::string_view tag) { return Names(header, tag, false); }

bool NamesTagWeakly(std::string_view header, std::string_view tag) {
  return Names(header, tag, true);
}

const TranscriptVersion* FindVersion(const RecordingRows& rows, std::int64_t number) {
  for (const TranscriptVersion& version : rows.versions) {
    if (version.number == number) return &version;
  }
  return nullptr;
}

const TranscriptVersion* FindVersion(const RecordingRows& rows, std::string_view version_id) {
  for (const TranscriptVersion& version : rows.versions) {
    if (version.version_id == version_id) return &version;
  }
  return nullptr;
}

}  // namespace vang::metadata
