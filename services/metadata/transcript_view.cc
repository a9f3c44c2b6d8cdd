#include "services/metadata/transcript_view.h"

#include "libs/common/json.h"
#include "services/metadata/recording_body.h"
#include "services/metadata/subtitles.h"

namespace vang::metadata {
namespace {

std::string SpeakerName(const Recording& recording, const std::string& label) {
  for (const auto& [known, name] : recording.speakers) {
    if (known == label && !name.empty()) return name;
  }
  return label;
}

Result<std::string> GetLayer(const Context& context, ObjectStore& objects, const std::string& key) {
  auto bytes = objects.Get(context, key);
  if (bytes.status().code() == Code::kNotFound) {
    return DataLoss("the transcript object " + key + " is missing; replay the stage that makes it");
  }
  return bytes;
}

std::vector<SpokenSegment> Spoken(const TranscriptView& view) {
  std::vector<SpokenSegment> spoken;
  for (const ViewedSegment& segment : view.segments) {
    spoken.push_back({segment.speaker, segment.words});
  }
  return spoken;
}

}  // namespace

Overlay OverlayOf(const RecordingRows& rows, const std::string& version_id, std::int64_t segment) {
  Overlay overlay;
  for (const TranscriptEdit& edit : rows.edits) {
    if (edit.version_id != version_id || edit.segment != segment) continue;
    overlay.text = edit.new_text;
    if (edit.speaker) overlay.speaker = edit.speaker;
  }
  return overlay;
}

Result<TranscriptView> ViewTranscript(const Context& context, ObjectStore& objects,
                                      const RecordingRows& rows, const TranscriptVersion& version) {
  VANG_ASSIGN_OR_RETURN(const std::string readable_bytes,
                        GetLayer(context, objects, version.readable_key));
  VANG_ASSIGN_OR_RETURN(const ReadableTranscript readable,
                        DecodeReadableTranscript(readable_bytes));
  VANG_ASSIGN_OR_RETURN(const std::string raw_bytes, GetLayer(context, objects, version.raw_key));
  VANG_ASSIGN_OR_RETURN(const RawTranscript raw, DecodeRawTranscript(raw_bytes));
  const std::vector<Word> words = FlattenWords(raw);
  TranscriptView view;
  view.recording_id = rows.recording->id;
  view.title = rows.recording->title;
  view.version = version;
  view.duration = readable.audio_seconds;
  for (const TranscriptVersion& other : rows.versions) {
    if (!other.readable_key.empty()) view.versions.push_back(other.number);
  }
  for (std::size_t i = 0; i < readable.segments.size(); ++i) {
    const ReadableSegment& segment = readable.segments[i];
    const Overlay overlay = OverlayOf(rows, version.version_id, static_cast<std::int64_t>(i));
    ViewedSegment viewed;
    viewed.start = segment.start;
    viewed.end = segment.end;
    viewed.confidence = segment.confidence;
    viewed.text = overlay.text.value_or(segment.text);
    viewed.edited = overlay.text.has_value();
    if (overlay.speaker) viewed.speaker = SpeakerName(*rows.recording, *overlay.speaker);
    viewed.words = TimedWords(segment, words, overlay.text);
    view.segments.push_back(std::move(viewed));
  }
  for (const TranscriptEdit& edit : rows.edits) {
    if (edit.version_id == version.version_id) view.edits.push_back(edit);
  }
  return view;
}

std::string TranscriptJson(const TranscriptView& view) {
  std::string text;
  for (const ViewedSegment& segment : view.segments) {
    if (!segment.text.empty()) text += (text.empty() ? "" : " ") + segment.text;
  }
  JsonWriter json;
  json.BeginObject()
      .Field("recording_id", view.recording_id)
      .Field("version", view.version.number)
      .Key("versions")
      .BeginArray();
  for (const std::int64_t number : view.versions) json.Int(number);
  json.EndArray().Field("model_id", view.version.model_id).Key("duration");
  json.Number(view.duration, 3).Field("text", text).Key("segments").BeginArray();
  std::int64_t index = 0;
  for (const ViewedSegment& segment : view.segments) {
    json.BeginObject().Field("index", index++).Key("start").Number(segment.start, 3);
    json.Key("end").Number(segment.end, 3).Field("text", segment.text);
    json.Key("confidence").Number(segment.confidence, 3).Key("speaker");
    if (segment.speaker.empty()) {
      json.Null();
    } else {
      json.String(segment.speaker);
    }
    json.Field("edited", segment.edited).Key("words").BeginArray();
    for (const TimedWord& word : segment.words) {
      json.BeginObject().Field("text", word.text).Key("start").Number(word.start, 3);
      json.Key("end").Number(word.end, 3).Key("confidence").Number(word.confidence, 3);
      json.Field("edited", word.edited).EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray();
  std::string edits;
  for (const TranscriptEdit& edit : view.edits) {
    edits += (edits.empty() ? "" : ",") + EditBody(edit, view.version.number);
  }
  return json.Take() + ",\"edits\":[" + edits + "]}";
}

std::string TranscriptText(const TranscriptView& view) {
  std::string text;
  for (const ViewedSegment& segment : view.segments) {
    if (segment.text.empty()) continue;
    if (!segment.speaker.empty()) text += segment.speaker + ": ";
    text += segment.text + "\n";
  }
  return text;
}

std::string TranscriptSrt(const TranscriptView& view) { return WriteSrt(MakeCues(Spoken(view))); }

std::string TranscriptVtt(const TranscriptView& view) { return WriteVtt(MakeCues(Spoken(view))); }

}  // namespace vang::metadata
