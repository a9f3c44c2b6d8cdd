// What ingestion and the other services ask of metadata.
#include "libs/base/sha256.h"
#include "libs/common/event_data.h"
#include "libs/common/transcript.h"
#include "services/metadata/recording_body.h"
#include "services/metadata/requests.h"
#include "services/metadata/routes.h"

namespace vang::metadata {
namespace {

Result<RecordingIngested> ReadRegistration(const Context& context, http::Request& request) {
  VANG_ASSIGN_OR_RETURN(const JsonValue body,
                        ReadChecked(context, request, "recording-registration"));
  JsonReader reader(body);
  RecordingIngested data;
  data.recording_id = reader.String("recording_id");
  data.upload_id = reader.String("upload_id");
  data.sha256 = reader.String("sha256");
  data.object_key = reader.String("object_key");
  data.bytes = reader.Int("bytes");
  data.title = reader.String("title");
  data.file_name = reader.String("file_name");
  data.media_type = reader.String("media_type");
  if (data.recording_id != RecordingId(request.tenant, data.sha256)) {
    reader.Fail("recording_id", "is not the id that this tenant and this sha256 make");
  }
  if (data.object_key != AudioKey(request.tenant, data.sha256)) {
    reader.Fail("object_key", "is not where this tenant's audio of this sha256 is kept");
  }
  VANG_RETURN_IF_ERROR(reader.status());
  return data;
}

// A recording that is there, failed or not, stays as it is: the same bytes would fail the same way,
// and what failed for another reason is redriven.
Result<http::Response> Register(const Service& service, const Context& context,
                                http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const RecordingIngested data, ReadRegistration(context, request));
  const Event event = ToEvent(data, request.tenant, "ingestion", service.ports.clock->Now());
  // Inside the transaction that deletions of objects run in too: audio that is here now stays, see
  // event_handler.h.
  const auto new_with_audio = [&](const RecordingRows& rows) -> Status {
    if (rows.recording) return AlreadyExists("recording " + data.recording_id + " is there");
    const auto audio = service.ports.objects->Stat(context, data.object_key);
    if (audio.status().code() != Code::kNotFound) return audio.status();
    return Unavailable("the audio was deleted while it was being uploaded; upload it again");
  };
  const auto made = Submit(context, service, data.recording_id, event, new_with_audio);
  if (!made.ok() && made.status().code() != Code::kAlreadyExists) return made.status();
  VANG_ASSIGN_OR_RETURN(const RecordingRows rows,
                        service.ports.store->GetRows(context, request.tenant, data.recording_id));
  http::Response response = http::JsonResponse(made.ok() && *made ? 201 : 200, RecordingBody(rows));
  response.headers.Set("Location", "/v1/recordings/" + data.recording_id);
  return response;
}

// The audio of an upload that was refused. Somebody else may have sent the same at the same moment
// and been accepted: whether a recording needs it is asked and answered in one transaction with the
// removal, see event_handler.h. 204 also when it stays, or was not there: the asker is done with
// it.
Result<http::Response> RemoveUnneededAudio(const Service& service, const Context& context,
                                           http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  const std::string sha256(request.Param("sha256"));
  if (sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return InvalidArgument("'" + sha256 + "' is not a SHA-256 in 64 hexadecimal digits");
  }
  const auto unless_needed = [&](const RecordingRows& rows) -> Result<Change> {
    if (!rows.recording) {
      VANG_RETURN_IF_ERROR(
          service.ports.objects->Delete(context, AudioKey(request.tenant, sha256)));
    }
    return Change();
  };
  VANG_RETURN_IF_ERROR(
      service.ports.store->Update(context, RecordingId(request.tenant, sha256), "", unless_needed)
          .status());
  http::Response response;
  response.status = 204;
  return response;
}

Result<http::Response> VerifyKey(const Service& service, const Context& context,
                                 http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ReadChecked(context, request, "key-verification"));
  JsonReader reader(body);
  const auto key = service.ports.keys->FindByHash(context, reader.String("secret_hash"));
  if (!key.ok() && key.status().code() != Code::kNotFound) return key.status();
  // A revoked key and one that never was look the same to whoever tries keys.
  if (!key.ok() || key->revoked_at) return NotFound("there is no such key");
  JsonWriter json;
  json.BeginObject()
      .Field("id", key->id)
      .Field("name", key->name)
      .Field("tenant", key->tenant)
      .Key("scopes")
      .BeginArray();
  for (const std::string& scope : key->scopes) json.String(scope);
  json.EndArray().EndObject();
  return http::JsonResponse(200, json.Take());
}

}  // namespace

void AddInternalRoutes(const Service& service, http::Router* router) {
  router->Add("POST", "/internal/v1/recordings",
              Answer([&service](const Context& context, http::Request& request) {
                return Register(service, context, request);
              }));
  router->Add(
      "GET", "/internal/v1/recordings/{id}",
      Answer([&service](const Context& context, http::Request& request) -> Result<http::Response> {
        VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
        VANG_ASSIGN_OR_RETURN(const RecordingRows rows,
                              service.ports.store->GetRows(context, request.tenant,
                                                           std::string(request.Param("id"))));
        return http::JsonResponse(200, RecordingRowsBody(rows));
      }));
  router->Add("DELETE", "/internal/v1/objects/{sha256}",
              Answer([&service](const Context& context, http::Request& request) {
                return RemoveUnneededAudio(service, context, request);
              }));
  router->Add("POST", "/internal/v1/keys/verify",
              Answer([&service](const Context& context, http::Request& request) {
                return VerifyKey(service, context, request);
              }));
}

}  // namespace vang::metadata
