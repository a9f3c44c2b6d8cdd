// Transcripts read in four forms, and corrected.
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "services/metadata/file_name.h"
#include "services/metadata/recording_body.h"
#include "services/metadata/requests.h"
#include "services/metadata/routes.h"
#include "services/metadata/transcript_view.h"

namespace vang::metadata {
namespace {

struct Format {
  std::string_view name;
  std::string_view media_type;
  std::string_view extension;
  std::string (*write)(const TranscriptView& view);
};

constexpr Format kFormats[] = {
    {"json", "application/json", ".json", &TranscriptJson},
    {"text", "text/plain; charset=utf-8", ".txt", &TranscriptText},
    {"srt", "application/x-subrip; charset=utf-8", ".srt", &TranscriptSrt},
    {"vtt", "text/vtt; charset=utf-8", ".vtt", &TranscriptVtt},
};

Result<Format> ReadFormat(const http::Request& request) {
  const std::string name = request.Query("format").value_or("json");
  for (const Format& format : kFormats) {
    if (format.name == name) return format;
  }
  return InvalidArgument("format: '" + name + "' is not one of json, text, srt, vtt");
}

// The version that is asked for (0 = the current one) and can be read; null when it cannot.
const TranscriptVersion* ReadableVersion(const RecordingRows& rows, std::int64_t number) {
  const TranscriptVersion* version =
      number == 0 ? FindVersion(rows, rows.recording->current_version) : FindVersion(rows, number);
  const bool readable =
      version != nullptr && !version->readable_key.empty() && !version->raw_key.empty();
  return readable ? version : nullptr;
}

Status NotReadable(const RecordingRows& rows, std::int64_t number) {
  if (number != 0 && FindVersion(rows, number) == nullptr) {
    return NotFound("there is no version " + std::to_string(number) + " of this transcript");
  }
  const Recording& recording = *rows.recording;
  if (recording.status == "failed") {
    return FailedPrecondition("there is no transcript: " + recording.failed_stage +
                              " failed: " + recording.status_detail);
  }
  return FailedPrecondition("the transcript is not ready yet: the recording is " +
                            recording.status + "; its progress stream tells when");
}

Result<http::Response> GetTranscript(const Service& service, const Context& context,
                                     http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {"format", "version"}));
  VANG_ASSIGN_OR_RETURN(const Format format, ReadFormat(request));
  VANG_ASSIGN_OR_RETURN(const int number, QueryNumber(request, "version", 0, 1, 1'000'000'000));
  VANG_ASSIGN_OR_RETURN(
      const RecordingRows rows,
      service.ports.store->GetRows(context, request.tenant, std::string(request.Param("id"))));
  const TranscriptVersion* version = ReadableVersion(rows, number);
  // Nothing is at this address yet: 404. The code tells it from an address that will never be.
  if (version == nullptr) {
    return http::Problem(404, NotReadable(rows, number), request.request_id);
  }
  VANG_ASSIGN_OR_RETURN(const TranscriptView view,
                        ViewTranscript(context, *service.ports.objects, rows, *version));
  http::Response response = http::TextResponse(200, format.media_type, format.write(view));
  response.headers.Set("ETag", EntityTag(response.body));
  response.headers.Set("Content-Disposition",
                       ContentDisposition(format.name == "json" ? "inline" : "attachment",
                                          FileNameOf(view.title, format.extension)));
  return response;
}

struct EditRequest {
  TranscriptEdited data;
  std::int64_t version = 0;
};

Result<EditRequest> ReadEdit(const Context& context, http::Request& request) {
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ReadChecked(context, request, "edit-request"));
  JsonReader reader(body);
  EditRequest edit;
  edit.data.recording_id = std::string(request.Param("id"));
  edit.data.edit_id = RandomUuid();
  edit.data.segment = reader.Int("segment");
  edit.data.old_text = reader.String("old_text");
  edit.data.new_text = reader.String("new_text");
  edit.data.speaker = reader.OptionalString("speaker");
  edit.data.author = AuthorOf(request);
  edit.version = reader.OptionalInt("version").value_or(0);
  VANG_RETURN_IF_ERROR(reader.status());
  return edit;
}

// The text of the segment as nlp-post wrote it. Versions never change, so this holds later too.
Result<std::string> StoredText(const Service& service, const Context& context,
                               const TranscriptVersion& version, std::int64_t segment) {
  VANG_ASSIGN_OR_RETURN(const std::string bytes,
                        service.ports.objects->Get(context, version.readable_key));
  VANG_ASSIGN_OR_RETURN(const ReadableTranscript readable, DecodeReadableTranscript(bytes));
  const auto count = static_cast<std::int64_t>(readable.segments.size());
  if (segment >= count) {
    return InvalidArgument("/segment: version " + std::to_string(version.number) + " has " +
                           std::to_string(count) + " segments, counted from 0");
  }
  return readable.segments[static_cast<std::size_t>(segment)].text;
}

Result<http::Response> PostEdit(const Service& service, const Context& context,
                                http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(EditRequest edit, ReadEdit(context, request));
  VANG_ASSIGN_OR_RETURN(
      const RecordingRows rows,
      service.ports.store->GetRows(context, request.tenant, edit.data.recording_id));
  const TranscriptVersion* version = ReadableVersion(rows, edit.version);
  if (version == nullptr) return NotReadable(rows, edit.version);
  VANG_ASSIGN_OR_RETURN(const std::string stored,
                        StoredText(service, context, *version, edit.data.segment));
  edit.data.version_id = version->version_id;
  const Event event = ToEvent(edit.data, request.tenant, kServiceName, service.ports.clock->Now());
  const auto same_as_seen = [&](const RecordingRows& now) -> Status {
    VANG_RETURN_IF_ERROR(CheckPresent(now, request.tenant, edit.data.recording_id));
    const std::string text =
        OverlayOf(now, version->version_id, edit.data.segment).text.value_or(stored);
    if (text == edit.data.old_text) return {};
    return Aborted("/old_text: somebody else changed it first; the segment reads: " + text);
  };
  const auto submitted = Submit(context, service, edit.data.recording_id, event, same_as_seen);
  if (!submitted.ok()) {
    http::Response response = http::Problem(submitted.status(), request.request_id);
    // Clients that try every 409 again on their own would only hear the same.
    if (response.status == 409) response.headers.Set("X-Should-Retry", "false");
    return response;
  }
  const TranscriptEdit row{edit.data.edit_id, edit.data.recording_id, edit.data.version_id,
                           edit.data.segment, edit.data.old_text,     edit.data.new_text,
                           edit.data.speaker, edit.data.author,       event.time};
  return http::JsonResponse(201, EditBody(row, version->number));
}

}  // namespace

void AddTranscriptRoutes(const Service& service, http::Router* router) {
  router->Add("GET", "/v1/recordings/{id}/transcript",
              Answer([&service](const Context& context, http::Request& request) {
                return GetTranscript(service, context, request);
              }));
  router->Add("POST", "/v1/recordings/{id}/edits",
              Answer([&service](const Context& context, http::Request& request) {
                return PostEdit(service, context, request);
              }));
}

}  // namespace vang::metadata
