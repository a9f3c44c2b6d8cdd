#include "services/embeddings/recording_lookup.h"

#include <algorithm>

#include "libs/runtime/recording_rows.h"

namespace vang::embeddings {

Result<std::optional<RecordingState>> LookUpRecording(const Context& context, Upstream* metadata,
                                                      const std::string& tenant,
                                                      const std::string& recording_id) {
  VANG_ASSIGN_OR_RETURN(const auto rows,
                        FetchRecordingRows(context, metadata, tenant, recording_id));
  if (!rows) return std::optional<RecordingState>();
  JsonReader root(*rows);
  RecordingState state;
  JsonReader recording(rows->at("recording"), "/recording");
  VANG_ASSIGN_OR_RETURN(state.created_at, ParseTime(recording.String("created_at")));
  for (const JsonValue& item : root.Array("versions")) {
    JsonReader reader(item);
    state.versions.push_back(
        {reader.String("version_id"), reader.Int("number"), reader.String("readable_key")});
  }
  std::sort(state.versions.begin(), state.versions.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  // In the order they were made: the last one stands. A speaker stays until another is said.
  for (const JsonValue& item : root.Array("edits")) {
    JsonReader reader(item);
    Overlay& overlay = state.overlays[{reader.String("version_id"), reader.Int("segment")}];
    overlay.text = reader.String("new_text");
    if (item.as_object().at("speaker").is_string()) overlay.speaker = reader.String("speaker");
  }
  return std::optional<RecordingState>(std::move(state));
}

}  // namespace vang::embeddings
