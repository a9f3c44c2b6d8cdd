// Server-sent events about one recording: each stage once, from the first, then how it ended. A
// client that connects again hears them all again, so there is nothing to remember for it.
#include <array>
#include <set>

#include "services/metadata/requests.h"
#include "services/metadata/routes.h"

namespace vang::metadata {
namespace {

constexpr Duration kPollTimeout{2'000};
constexpr Duration kKeepAlive{15'000};
// Then the client connects again; so none holds a connection for ever on a recording that stands.
constexpr Duration kLongest{3'600'000};
constexpr std::array<std::string_view, 4> kStages = {"ingested", "transcribed", "readable",
                                                     "indexed"};

std::string SseEvent(std::string_view name, std::string_view stage, TimeMs at,
                     std::string_view status) {
  JsonWriter json;
  json.BeginObject()
      .Field("stage", stage)
      .Field("at", FormatTime(at))
      .Field("status", status)
      .EndObject();
  return "event: " + std::string(name) + "\ndata: " + json.text() + "\n\n";
}

std::optional<TimeMs> StageTimeOf(const RecordingRows& rows, std::string_view stage) {
  const std::string& version = rows.recording->current_version;
  for (const StageTime& row : rows.stages) {
    const bool right_version = stage == "ingested" ? row.version_id.empty()
                                                   : !version.empty() && row.version_id == version;
    if (row.stage == stage && right_version) return row.at;
  }
  return std::nullopt;
}

// One client's stream.
class Progress {
 public:
  Progress(const Service& service, std::string tenant, std::string id)
      : store_(service.ports.store),
        clock_(service.ports.clock),
        tenant_(std::move(tenant)),
        id_(std::move(id)),
        begun_(clock_->Now()),
        last_sent_(begun_) {}

  http::PollStream::Chunk Poll() {
    const TimeMs now = clock_->Now();
    http::PollStream::Chunk chunk;
    const auto rows = store_->GetRows(Context().WithTimeout(kPollTimeout), tenant_, id_);
    if (rows.ok()) {
      chunk = Tell(*rows);
    } else if (rows.status().code() == Code::kNotFound) {
      chunk.done = true;  // deleted
    }
    chunk.done = chunk.done || now - begun_ >= kLongest.count();
    if (chunk.bytes.empty() && now - last_sent_ >= kKeepAlive.count()) {
      chunk.bytes = ": still at work\n\n";
    }
    if (!chunk.bytes.empty()) last_sent_ = now;
    return chunk;
  }

 private:
  http::PollStream::Chunk Tell(const RecordingRows& rows) {
    http::PollStream::Chunk chunk;
    const Recording& recording = *rows.recording;
    std::string_view last = "ingested";
    TimeMs at = recording.created_at;
    for (const std::string_view stage : kStages) {
      const auto reached = StageTimeOf(rows, stage);
      if (!reached) continue;
      last = stage;
      at = *reached;
      if (told_.insert(stage).second) {
        chunk.bytes += SseEvent(stage, stage, at, recording.status);
      }
    }
    if (recording.status == "completed" || recording.status == "failed") {
      if (recording.status == "failed") at = recording.updated_at;
      chunk.bytes += SseEvent(recording.status, last, at, recording.status);
      chunk.done = true;
    }
    return chunk;
  }

  MetadataStore* store_;
  const Clock* clock_;
  std::string tenant_;
  std::string id_;
  TimeMs begun_;
  TimeMs last_sent_;
  std::set<std::string_view> told_;
};

Result<http::Response> GetProgress(const Service& service, const Context& context,
                                   http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  const std::string id(request.Param("id"));
  VANG_RETURN_IF_ERROR(service.ports.store->GetRecording(context, request.tenant, id).status());
  http::Response response;
  response.headers.Set("Content-Type", "text/event-stream");
  response.headers.Set("Cache-Control", "no-cache");
  response.headers.Set("X-Accel-Buffering", "no");
  auto progress = std::make_shared<Progress>(service, request.tenant, id);
  response.stream.emplace();
  response.stream->poll = [progress] { return progress->Poll(); };
  return response;
}

}  // namespace

void AddProgressRoute(const Service& service, http::Router* router) {
  router->Add("GET", "/v1/recordings/{id}/progress",
              Answer([&service](const Context& context, http::Request& request) {
                return GetProgress(service, context, request);
              }));
}

}  // namespace vang::metadata
