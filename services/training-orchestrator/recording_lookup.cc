#include "services/training-orchestrator/recording_lookup.h"

#include "libs/base/clock.h"
#include "libs/common/schema.h"

namespace vang::training {
namespace {

constexpr Duration kTimeout{10'000};
constexpr std::size_t kLimit = std::size_t{64} << 20;

Result<CorrectedRecording> Parse(const std::string& body) {
  VANG_ASSIGN_OR_RETURN(const JsonValue value, ParseJson(body, kLimit));
  VANG_RETURN_IF_ERROR(CheckSchema("recording-rows", value));
  JsonReader root(value);
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
  return recording;
}

}  // namespace

Result<std::optional<CorrectedRecording>> LookUpRecording(const Context& context,
                                                          Upstream* metadata,
                                                          const std::string& tenant,
                                                          const std::string& recording_id) {
  const std::string what = "looking up recording " + recording_id;
  http::Request request;
  request.method = "GET";
  request.path = "/internal/v1/recordings/" + recording_id;
  request.tenant = tenant;
  auto response = metadata->Send(context.WithTimeout(kTimeout), request);
  if (!response.ok()) return response.status().Wrap(what);
  if (response->status == 404) return std::optional<CorrectedRecording>();
  if (Status status = http::StatusOfResponse(*response); !status.ok()) return status.Wrap(what);
  auto recording = Parse(response->body);
  if (!recording.ok()) return DataLoss(what + ": " + recording.status().message());
  return std::optional<CorrectedRecording>(std::move(*recording));
}

}  // namespace vang::training
