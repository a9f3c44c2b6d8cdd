#include "libs/common/transcript.h"

#include <cmath>
#include <utility>

#include "libs/base/utf8.h"
#include "libs/common/json.h"

namespace vang {
namespace {

constexpr int kTimeDigits = 3;
constexpr int kConfidenceDigits = 4;

void WriteTimes(JsonWriter& json, double start, double end) {
  json.Key("start").Number(start, kTimeDigits).Key("end").Number(end, kTimeDigits);
}

Status Bad(std::string_view what) {
  return DataLoss("the stored transcript is damaged: " + std::string(what));
}

// The 32-bit member, checked; a fault is recorded in the reader.
std::uint32_t U32(JsonReader& reader, std::string_view key) {
  const std::int64_t value = reader.Int(key);
  if (value < 0 || value > 0xFFFFFFFFLL) reader.Fail(key, "is out of range");
  return static_cast<std::uint32_t>(value);
}

bool Ordered(double start, double end) {
  return std::isfinite(start) && std::isfinite(end) && start >= 0 && end >= start;
}

}  // namespace

std::string EncodeRawTranscript(const RawTranscript& t) {
  JsonWriter json;
  json.BeginObject()
      .Field("recording_id", t.recording_id)
      .Field("version_id", t.version_id)
      .Field("model_id", t.model_id)
      .Key("audio_seconds")
      .Number(t.audio_seconds, kTimeDigits)
      .Key("speech_seconds")
      .Number(t.speech_seconds, kTimeDigits)
      .Key("segments")
      .BeginArray();
  for (const RawSegment& segment : t.segments) {
    json.BeginObject();
    WriteTimes(json, segment.start, segment.end);
    json.Key("tokens").BeginArray();
    for (const Token& token : segment.tokens) {
      json.BeginObject().Field("text", token.text);
      WriteTimes(json, token.start, token.end);
      json.Key("confidence").Number(token.confidence, kConfidenceDigits).EndObject();
    }
    json.EndArray().Key("words").BeginArray();
    for (const Word& word : segment.words) {
      json.BeginObject().Field("text", word.text);
      WriteTimes(json, word.start, word.end);
      json.Key("confidence")
          .Number(word.confidence, kConfidenceDigits)
          .Field("first_token", static_cast<std::int64_t>(word.first_token))
          .Field("token_count", static_cast<std::int64_t>(word.token_count))
          .EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

std::string EncodeReadableTranscript(const ReadableTranscript& t) {
  JsonWriter json;
  json.BeginObject()
      .Field("recording_id", t.recording_id)
      .Field("version_id", t.version_id)
      .Field("model_id", t.model_id)
      .Key("audio_seconds")
      .Number(t.audio_seconds, kTimeDigits)
      .Key("segments")
      .BeginArray();
  auto range = [&json](const auto& item) {
    json.Field("begin", static_cast<std::int64_t>(item.begin))
        .Field("end", static_cast<std::int64_t>(item.end))
        .Field("first_word", static_cast<std::int64_t>(item.first_word))
        .Field("word_count", static_cast<std::int64_t>(item.word_count));
  };
  for (const ReadableSegment& segment : t.segments) {
    json.BeginObject();
    WriteTimes(json, segment.start, segment.end);
    json.Key("confidence")
        .Number(segment.confidence, kConfidenceDigits)
        .Field("text", segment.text)
        .Key("spans")
        .BeginArray();
    for (const TextSpan& span : segment.spans) {
      json.BeginObject();
      range(span);
      json.EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().Key("edits").BeginArray();
  for (const TextEdit& edit : t.edits) {
    json.BeginObject().Field("segment", static_cast<std::int64_t>(edit.segment));
    range(edit);
    json.Field("kind", edit.kind)
        .Field("before", edit.before)
        .Field("after", edit.after)
        .Key("confidence")
        .Number(edit.confidence, kConfidenceDigits)
        .EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

Result<RawTranscript> DecodeRawTranscript(std::string_view text) {
  auto document = ParseJson(text, std::size_t{512} << 20);
  if (!document.ok()) return Bad(document.status().message());
  JsonReader root(*document);
  RawTranscript t;
  t.recording_id = root.String("recording_id");
  t.version_id = root.String("version_id");
  t.model_id = root.String("model_id");
  t.audio_seconds = root.Number("audio_seconds");
  t.speech_seconds = root.Number("speech_seconds");
  for (const JsonValue& item : root.Array("segments")) {
    JsonReader reader(item);
    RawSegment segment;
    segment.start = reader.Number("start");
    segment.end = reader.Number("end");
    for (const JsonValue& token_value : reader.Array("tokens")) {
      JsonReader token_reader(token_value);
      Token token;
      token.text = token_reader.String("text");
      token.start = token_reader.Number("start");
      token.end = token_reader.Number("end");
      token.confidence = token_reader.Number("confidence");
      if (Status s = token_reader.status(); !s.ok()) return Bad(s.message());
      segment.tokens.push_back(std::move(token));
    }
    for (const JsonValue& word_value : reader.Array("words")) {
      JsonReader word_reader(word_value);
      Word word;
      word.text = word_reader.String("text");
      word.start = word_reader.Number("start");
      word.end = word_reader.Number("end");
      word.confidence = word_reader.Number("confidence");
      word.first_token = U32(word_reader, "first_token");
      word.token_count = U32(word_reader, "token_count");
      if (Status s = word_reader.status(); !s.ok()) return Bad(s.message());
      if (std::uint64_t{word.first_token} + word.token_count > segment.tokens.size()) {
        return Bad("a word points past the tokens");
      }
      if (!Ordered(word.start, word.end)) return Bad("a word's times are out of order");
      segment.words.push_back(std::move(word));
    }
    if (Status s = reader.status(); !s.ok()) return Bad(s.message());
    if (!Ordered(segment.start, segment.end)) return Bad("a segment's times are out of order");
    t.segments.push_back(std::move(segment));
  }
  if (Status s = root.status(); !s.ok()) return Bad(s.message());
  return t;
}

Result<ReadableTranscript> DecodeReadableTranscript(std::string_view text) {
  auto document = ParseJson(text, std::size_t{512} << 20);
  if (!document.ok()) return Bad(document.status().message());
  JsonReader root(*document);
  ReadableTranscript t;
  t.recording_id = root.String("recording_id");
  t.version_id = root.String("version_id");
  t.model_id = root.String("model_id");
  t.audio_seconds = root.Number("audio_seconds");
  for (const JsonValue& item : root.Array("segments")) {
    JsonReader reader(item);
    ReadableSegment segment;
    segment.start = reader.Number("start");
    segment.end = reader.Number("end");
    segment.confidence = reader.Number("confidence");
    segment.text = reader.String("text");
    std::uint32_t last_end = 0;
    for (const JsonValue& span_value : reader.Array("spans")) {
      JsonReader span_reader(span_value);
      TextSpan span;
      span.begin = U32(span_reader, "begin");
      span.end = U32(span_reader, "end");
      span.first_word = U32(span_reader, "first_word");
      span.word_count = U32(span_reader, "word_count");
      if (Status s = span_reader.status(); !s.ok()) return Bad(s.message());
      if (span.begin < last_end || span.end < span.begin || span.end > segment.text.size()) {
        return Bad("a span lies outside its text");
      }
      last_end = span.end;
      segment.spans.push_back(span);
    }
    if (Status s = reader.status(); !s.ok()) return Bad(s.message());
    if (!Ordered(segment.start, segment.end)) return Bad("a segment's times are out of order");
    t.segments.push_back(std::move(segment));
  }
  for (const JsonValue& item : root.Array("edits")) {
    JsonReader reader(item);
    TextEdit edit;
    edit.segment = U32(reader, "segment");
    edit.begin = U32(reader, "begin");
    edit.end = U32(reader, "end");
    edit.first_word = U32(reader, "first_word");
    edit.word_count = U32(reader, "word_count");
    edit.kind = reader.String("kind");
    edit.before = reader.String("before");
    edit.after = reader.String("after");
    edit.confidence = reader.Number("confidence");
    if (Status s = reader.status(); !s.ok()) return Bad(s.message());
    if (edit.segment >= t.segments.size() || edit.end < edit.begin ||
        edit.end > t.segments[edit.segment].text.size()) {
      return Bad("an edit lies outside its text");
    }
    t.edits.push_back(std::move(edit));
  }
  if (Status s = root.status(); !s.ok()) return Bad(s.message());
  return t;
}

std::string AudioKey(std::string_view tenant, std::string_view sha256) {
  return std::string(tenant) + "/audio/" + std::string(sha256);
}

std::string TranscriptFolder(std::string_view tenant, std::string_view recording_id) {
  return std::string(tenant) + "/transcripts/" + std::string(recording_id) + "/";
}

std::string RawTranscriptKey(std::string_view tenant, std::string_view recording_id,
                             std::string_view version_id) {
  return TranscriptFolder(tenant, recording_id) + std::string(version_id) + "/raw.json";
}

std::string ReadableTranscriptKey(std::string_view tenant, std::string_view recording_id,
                                  std::string_view version_id) {
  return TranscriptFolder(tenant, recording_id) + std::string(version_id) + "/readable.json";
}

}  // namespace vang
