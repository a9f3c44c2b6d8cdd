#include "services/ingestion/receiver.h"

#include <functional>
#include <vector>

#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "libs/common/multipart.h"
#include "libs/runtime/log.h"
#include "services/ingestion/file_name.h"
#include "services/ingestion/upload_form.h"

namespace vang {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
// What a form adds to its file: boundaries, headers, the title.
constexpr std::uint64_t kFormBytes = 64 << 10;
constexpr Duration kMetadataTimeout{30'000};

Status ReadAll(const Context& context, http::BodyReader& body,
               const std::function<Status(std::string_view)>& take) {
  std::vector<char> buffer(kReadBytes);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const std::size_t n, body.Read(context, buffer.data(), buffer.size()));
    if (n == 0) return {};
    VANG_RETURN_IF_ERROR(take({buffer.data(), n}));
  }
}

// Asked on the uploader's behalf, but not stopped when the uploader goes away: what is stored must
// be registered or taken back.
Context ForMetadata(const Context& context) {
  return Context().WithTimeout(kMetadataTimeout).WithTrace(context.traceparent());
}

http::Request MetadataRequest(const http::Request& from, std::string method, std::string path) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.tenant = from.tenant;
  request.key_id = from.key_id;
  request.scopes = from.scopes;
  request.request_id = from.request_id;
  request.peer = from.peer;
  if (const auto trace = from.headers.Get("traceparent"); !trace.empty()) {
    request.headers.Set("traceparent", std::string(trace));
  }
  return request;
}

bool IsForm(std::string_view content_type) {
  return ParseHeaderValue(content_type).ok() &&
         ParseHeaderValue(content_type)->token.starts_with("multipart/");
}

// Whether the answer says for certain that nothing was registered.
bool IsRefusal(int status) {
  return (status >= 400 && status < 500 && status != 408 && status != 499) || status == 507;
}

}  // namespace

http::Response Receiver::Receive(const Context& context, http::Request& request) const {
  auto upload = Store(context, request);
  if (!upload.ok()) {
    Count("refused");
    const Status status = upload.status();
    const int http_status =
        status.code() == Code::kUnimplemented ? 415 : http::HttpStatusOf(status.code());
    return http::Problem(http_status, status, request.request_id);
  }
  return Register(context, request, *upload);
}

Result<Receiver::Upload> Receiver::Store(const Context& context, http::Request& request) const {
  if (request.tenant.empty()) return Unauthenticated("the request is nobody's: it has no tenant");
  const std::string_view encoding = request.headers.Get("Content-Encoding");
  if (!encoding.empty() && encoding != "identity") {
    return Status(Code::kUnimplemented, "send the sound as it is, without Content-Encoding");
  }
  if (request.body == nullptr || request.content_length == std::uint64_t{0}) {
    return InvalidArgument("the request has no body; send a form with a file, or the sound itself");
  }
  const bool form = IsForm(request.headers.Get("Content-Type"));
  if (request.content_length &&
      *request.content_length > options_.max_upload_bytes + (form ? kFormBytes : 0)) {
    return Status(Code::kOutOfRange, "the upload has " + std::to_string(*request.content_length) +
                                         " bytes and at most " +
                                         std::to_string(options_.max_upload_bytes) +
                                         " are allowed here");
  }
  Upload said;
  AudioUpload audio(context, ports_.objects, options_.max_upload_bytes);
  VANG_RETURN_IF_ERROR(form ? ReadForm(context, request, &audio, &said)
                            : ReadRaw(context, request, &audio, &said));
  VANG_ASSIGN_OR_RETURN(said.file_name, CleanFileName(said.file_name));
  VANG_ASSIGN_OR_RETURN(said.title, CleanTitle(said.title));
  if (said.title.empty()) said.title = TitleOf(said.file_name);
  VANG_ASSIGN_OR_RETURN(said.audio, audio.Finish(request.tenant));
  return said;
}

Status Receiver::ReadForm(const Context& context, http::Request& request, AudioUpload* upload,
                          Upload* said) const {
  if (!request.query.empty()) {
    return InvalidArgument("a form takes no query parameters; put '" + request.query[0].first +
                           "' into the form");
  }
  VANG_ASSIGN_OR_RETURN(const std::string boundary,
                        BoundaryOf(request.headers.Get("Content-Type")));
  UploadForm form(upload);
  MultipartParser parser(boundary, &form);
  VANG_RETURN_IF_ERROR(
      ReadAll(context, *request.body, [&](std::string_view bytes) { return parser.Push(bytes); }));
  VANG_RETURN_IF_ERROR(parser.Finish());
  VANG_RETURN_IF_ERROR(form.Check());
  said->title = form.title();
  said->file_name = form.file_name();
  return {};
}

Status Receiver::ReadRaw(const Context& context, http::Request& request, AudioUpload* upload,
                         Upload* said) const {
  for (const auto& [name, value] : request.query) {
    if (name != "title" && name != "file_name") {
      return InvalidArgument("there is no query parameter '" + name +
                             "'; an upload takes 'title' and 'file_name'");
    }
  }
  said->title = request.Query("title").value_or("");
  said->file_name = request.Query("file_name").value_or("");
  // Before hours of sound are sent for nothing.
  VANG_RETURN_IF_ERROR(CleanTitle(said->title).status());
  VANG_RETURN_IF_ERROR(CleanFileName(said->file_name).status());
  return ReadAll(context, *request.body,
                 [&](std::string_view bytes) { return upload->Append(bytes); });
}

http::Response Receiver::Register(const Context& context, const http::Request& request,
                                  const Upload& upload) const {
  const StoredAudio& audio = upload.audio;
  const std::string id = RecordingId(request.tenant, audio.sha256);
  JsonWriter json;
  json.BeginObject()
      .Field("recording_id", id)
      .Field("upload_id", RandomUuid())
      .Field("sha256", audio.sha256)
      .Field("object_key", audio.object_key)
      .Field("bytes", static_cast<std::int64_t>(audio.bytes))
      .Field("title", upload.title)
      .Field("file_name", upload.file_name)
      .Field("media_type", audio.media_type)
      .EndObject();
  http::Request registration = MetadataRequest(request, "POST", "/internal/v1/recordings");
  registration.headers.Set("Content-Type", "application/json");
  registration.content_length = json.text().size();
  registration.body = http::StringBody(json.Take());
  auto answer = ports_.metadata->Send(ForMetadata(context), registration);
  if (!answer.ok()) {
    // Whether it was registered is not known, so the audio stays: the same upload again settles it.
    Count("failed");
    return http::Problem(
        answer.status().Wrap("the audio is stored but could not be registered; send it again"),
        request.request_id);
  }
  if (answer->status != 201 && answer->status != 200) {
    Count("failed");
    if (IsRefusal(answer->status)) TakeBack(context, request, upload);
    return *std::move(answer);
  }
  const bool known = answer->status == 200;
  Count(known ? "known" : "new");
  if (ports_.metrics != nullptr) {
    ports_.metrics->Count("vang_upload_bytes_total", {}, static_cast<double>(audio.bytes));
  }
  Log(LogLevel::kInfo, "ingestion", known ? "audio known already" : "audio stored",
      {{"recording_id", id},
       {"bytes", std::to_string(audio.bytes)},
       {"media_type", audio.media_type},
       {"request_id", request.request_id}});
  http::Response response = http::JsonResponse(known ? 200 : 202, std::move(answer->body));
  response.headers.Set("Location", "/v1/recordings/" + id);
  return response;
}

void Receiver::TakeBack(const Context& context, const http::Request& request,
                        const Upload& upload) const {
  http::Request removal =
      MetadataRequest(request, "DELETE", "/internal/v1/objects/" + upload.audio.sha256);
  const auto answer = ports_.metadata->Send(ForMetadata(context), removal);
  Status status = answer.status();
  if (answer.ok() && answer->status != 204) status = http::StatusOfResponse(*answer);
  if (status.ok()) return;
  Log(LogLevel::kWarning, "ingestion", "audio without a recording stays",
      {{"object_key", upload.audio.object_key}, {"why", status.ToString()}});
}

void Receiver::Count(const std::string& result) const {
  if (ports_.metrics != nullptr) ports_.metrics->Count("vang_uploads_total", {{"result", result}});
}

}  // namespace vang
