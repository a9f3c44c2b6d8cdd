#include "services/embeddings/recording_lookup.h"

#include <algorithm>

#include "libs/common/schema.h"

namespace vang::embeddings {
namespace {

constexpr Duration kTimeout{10'000};
constexpr std::size_t kLimit = std::size_t{64} << 20;

Result<RecordingState> Parse(const std::string& body) {
  VANG_ASSIGN_OR_RETURN(const JsonValue value, ParseJson(body, kLimit));
  VANG_RETURN_IF_ERROR(CheckSchema("recording-rows", value));
  JsonReader root(value);
  RecordingState state;
  JsonReader recording(value.at("recording"), "/recording");
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
  return state;
}

}  // namespace

Result<std::optional<RecordingState>> LookUpRecording(const Context& context, Upstream* metadata,
                                                      const std::string& tenant,
                                                      const std::string& recording_id) {
  const std::string what = "looking up recording " + recording_id;
  http::Request request;
  request.method = "GET";
  request.path = "/internal/v1/recordings/" + recording_id;
  request.tenant = tenant;
  auto response = metadata->Send(context.WithTimeout(kTimeout), request);
  if (!response.ok()) return response.status().Wrap(what);
  if (response->status == 404) return std::optional<RecordingState>();
  if (Status status = http::StatusOfResponse(*response); !status.ok()) return status.Wrap(what);
  auto state = Parse(response->body);
  if (!state.ok()) return DataLoss(what + ": " + state.status().message());
  return std::optional<RecordingState>(std::move(*state));
}

}  // namespace vang::embeddings
