#include "services/training-orchestrator/recording_lookup.h"

#include "libs/runtime/recording_rows.h"

namespace vang::training {

Result<std::optional<CorrectedRecording>> LookUpRecording(const Context& context,
                                                          Upstream* metadata,
                                                          const std::string& tenant,
                                                          const std::string& recording_id) {
  VANG_ASSIGN_OR_RETURN(const auto rows,
                        FetchRecordingRows(context, metadata, tenant, recording_id));
  if (!rows) return std::optional<CorrectedRecording>();
  JsonReader root(*rows);
  CorrectedRecording recording;
  recording.audio_key = root.String("object_key");
  for (const auto& [label, name] : root.Object("recording").at("speakers").as_object()) {
    recording.speakers.emplace(label, name.as_string());
  }
  for (const JsonValue& item : root.Array("versions")) {
    JsonReader reader(item);
    recording.versions.push_back({reader.String("version_id"), reader.String("readable_key")});
  }
  for (const JsonValue& item : root.Array("edits")) {
    JsonReader reader(item);
    CorrectedSegment edit;
    edit.edit_id = reader.String("id");
    edit.version_id = reader.String("version_id");
    edit.segment = reader.Int("segment");
    edit.text = reader.String("new_text");
    if (item.as_object().at("speaker").is_string()) edit.speaker = reader.String("speaker");
    recording.edits.push_back(std::move(edit));
  }
  return std::optional<CorrectedRecording>(std::move(recording));
}

}  // namespace vang::training
