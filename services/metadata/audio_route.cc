// The audio as it was uploaded, whole or the part a player asks for.
#include "services/metadata/byte_range.h"
#include "services/metadata/file_name.h"
#include "services/metadata/recording_body.h"
#include "services/metadata/requests.h"
#include "services/metadata/routes.h"

namespace vang::metadata {
namespace {

Result<http::Response> GetAudio(const Service& service, const Context& context,
                                http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(
      const Recording recording,
      service.ports.store->GetRecording(context, request.tenant, std::string(request.Param("id"))));
  const std::string tag = "\"" + recording.sha256 + "\"";
  // Before the range is looked at (RFC 9110, 13.2.2): who has the whole needs no part of it.
  if (NamesTagWeakly(request.headers.Get("If-None-Match"), tag)) {
    http::Response unchanged;
    unchanged.status = 304;
    unchanged.headers.Set("ETag", tag);
    return unchanged;
  }
  const auto size = static_cast<std::uint64_t>(recording.bytes);
  ByteRange range;
  range.length = size;
  // A part of something else than what the client has is of no use to it (RFC 9110, If-Range).
  const std::string_view if_range = request.headers.Get("If-Range");
  if (request.headers.Has("Range") && (if_range.empty() || if_range == tag)) {
    range = ParseByteRange(request.headers.Get("Range"), size);
  }
  if (range.kind == ByteRange::Kind::kUnsatisfiable) {
    http::Response response = http::Problem(
        416,
        Status(Code::kOutOfRange, "the audio has " + std::to_string(size) +
                                      " bytes and none of them are in the range that was asked "
                                      "for"),
        request.request_id);
    response.headers.Set("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  VANG_ASSIGN_OR_RETURN(FileDescriptor file,
                        service.ports.objects->OpenFile(context, recording.object_key));
  http::Response response;
  response.headers.Set("Content-Type", recording.media_type);
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Accept-Ranges", "bytes");
  response.headers.Set("ETag", tag);
  const std::string& name = recording.file_name.empty() ? recording.title : recording.file_name;
  response.headers.Set("Content-Disposition", ContentDisposition("inline", FileNameOf(name, "")));
  if (range.kind == ByteRange::Kind::kPart) {
    response.status = 206;
    response.headers.Set("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                              std::to_string(range.offset + range.length - 1) +
                                              "/" + std::to_string(size));
  } else {
    range.offset = 0;
    range.length = size;
  }
  response.file = http::FileRange{std::make_shared<FileDescriptor>(std::move(file)), range.offset,
                                  range.length};
  return response;
}

}  // namespace

void AddAudioRoute(const Service& service, http::Router* router) {
  router->Add("GET", "/v1/recordings/{id}/audio",
              Answer([&service](const Context& context, http::Request& request) {
                return GetAudio(service, context, request);
              }));
}

}  // namespace vang::metadata
