// Lists of recordings, and one recording read, changed and deleted.
#include <algorithm>

#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "services/metadata/recording_body.h"
#include "services/metadata/requests.h"
#include "services/metadata/routes.h"

namespace vang::metadata {
namespace {

constexpr std::string_view kStatuses[] = {"queued", "transcribed", "readable", "completed",
                                          "failed"};

Status ReadTime(const http::Request& request, std::string_view name, std::optional<TimeMs>* time) {
  const auto text = request.Query(name);
  if (!text) return {};
  auto parsed = ParseTime(*text);
  if (!parsed.ok()) return parsed.status().Wrap(name);
  *time = *parsed;
  return {};
}

Result<RecordingFilter> ReadFilter(const http::Request& request) {
  RecordingFilter filter;
  filter.tenant = request.tenant;
  filter.status = request.Query("status").value_or("");
  filter.tag = request.Query("tag").value_or("");
  filter.title_contains = request.Query("q").value_or("");
  if (!filter.status.empty() &&
      std::find(std::begin(kStatuses), std::end(kStatuses), filter.status) == std::end(kStatuses)) {
    return InvalidArgument("status: '" + filter.status +
                           "' is not one of queued, transcribed, readable, completed, failed");
  }
  VANG_RETURN_IF_ERROR(ReadTime(request, "from", &filter.created_from));
  VANG_RETURN_IF_ERROR(ReadTime(request, "to", &filter.created_to));
  return filter;
}

Result<http::Response> List(const Service& service, const Context& context,
                            http::Request& request) {
  VANG_RETURN_IF_ERROR(
      CheckQuery(request, {"limit", "cursor", "status", "tag", "q", "from", "to"}));
  VANG_ASSIGN_OR_RETURN(const int limit,
                        QueryNumber(request, "limit", kDefaultLimit, 1, kMaxLimit));
  VANG_ASSIGN_OR_RETURN(const RecordingFilter filter, ReadFilter(request));
  // One more than asked for tells whether there is a next page.
  VANG_ASSIGN_OR_RETURN(auto recordings,
                        service.ports.store->ListRecordings(
                            context, filter, request.Query("cursor").value_or(""), limit + 1));
  std::string next;
  if (recordings.size() > static_cast<std::size_t>(limit)) {
    recordings.pop_back();
    next = RecordingCursor(recordings.back());
  }
  std::vector<std::string> items;
  for (const Recording& recording : recordings) {
    const auto rows = service.ports.store->GetRows(context, request.tenant, recording.id);
    if (rows.ok()) {
      items.push_back(RecordingBody(*rows));
    } else if (rows.status().code() != Code::kNotFound) {  // deleted since the list was read
      return rows.status();
    }
  }
  return http::JsonResponse(200, ListBody(items, next));
}

http::Response RecordingResponse(const RecordingRows& rows) {
  http::Response response = http::JsonResponse(200, RecordingBody(rows));
  response.headers.Set("ETag", EntityTag(response.body));
  return response;
}

Result<http::Response> Get(const Service& service, const Context& context, http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(
      const RecordingRows rows,
      service.ports.store->GetRows(context, request.tenant, std::string(request.Param("id"))));
  http::Response response = RecordingResponse(rows);
  if (NamesTagWeakly(request.headers.Get("If-None-Match"), response.headers.Get("ETag"))) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

Result<RecordingUpdated> ReadPatch(const Context& context, http::Request& request) {
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ReadChecked(context, request, "recording-patch"));
  JsonReader reader(body);
  RecordingUpdated data;
  data.recording_id = std::string(request.Param("id"));
  data.change_id = RandomUuid();
  data.author = AuthorOf(request);
  data.title = reader.OptionalString("title");
  if (reader.OptionalArray("tags") != nullptr) {
    data.tags.emplace();
    for (std::string& tag : reader.Strings("tags")) {
      const bool twice = std::find(data.tags->begin(), data.tags->end(), tag) != data.tags->end();
      if (!twice) data.tags->push_back(std::move(tag));
    }
  }
  if (const JsonObject* speakers = reader.OptionalObject("speakers")) {
    data.speakers.emplace();
    for (const auto& [label, name] : *speakers) {
      data.speakers->emplace_back(std::string(label), std::string(name.get_string()));
    }
    std::sort(data.speakers->begin(), data.speakers->end());
  }
  VANG_RETURN_IF_ERROR(reader.status());
  return data;
}

Result<http::Response> Patch(const Service& service, const Context& context,
                             http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const RecordingUpdated data, ReadPatch(context, request));
  const Event event = ToEvent(data, request.tenant, kServiceName, service.ports.clock->Now());
  const std::string_view if_match = request.headers.Get("If-Match");
  bool stale = false;
  const auto same_as_seen = [&](const RecordingRows& rows) -> Status {
    VANG_RETURN_IF_ERROR(CheckPresent(rows, request.tenant, data.recording_id));
    stale = !if_match.empty() && !NamesTag(if_match, EntityTag(RecordingBody(rows)));
    return stale ? FailedPrecondition(
                       "the recording has changed since it was read; read it "
                       "again and send its ETag as If-Match")
                 : Status();
  };
  const auto submitted = Submit(context, service, data.recording_id, event, same_as_seen);
  if (!submitted.ok()) {
    return stale ? http::Problem(412, submitted.status(), request.request_id)
                 : http::Problem(submitted.status(), request.request_id);
  }
  VANG_ASSIGN_OR_RETURN(const RecordingRows rows,
                        service.ports.store->GetRows(context, request.tenant, data.recording_id));
  return RecordingResponse(rows);
}

// Deleting what is deleted answers with the receipt again, for a client that lost the answer.
Result<http::Response> Delete(const Service& service, const Context& context,
                              http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  const std::string id(request.Param("id"));
  MetadataStore& store = *service.ports.store;
  const auto recording = store.GetRecording(context, request.tenant, id);
  if (!recording.ok() && recording.status().code() != Code::kNotFound) return recording.status();
  if (recording.ok()) {
    const RecordingDeleted data{id, RandomUuid(), recording->sha256, AuthorOf(request)};
    const Event event = ToEvent(data, request.tenant, kServiceName, service.ports.clock->Now());
    const auto present = [&](const RecordingRows& rows) {
      return CheckPresent(rows, request.tenant, id);
    };
    const auto submitted = Submit(context, service, id, event, present);
    if (!submitted.ok() && submitted.status().code() != Code::kNotFound) return submitted.status();
  }
  const auto receipt = store.GetReceipt(context, request.tenant, id);
  if (receipt.status().code() == Code::kNotFound) return NotFound("there is no recording " + id);
  VANG_RETURN_IF_ERROR(receipt.status());
  return http::JsonResponse(200, ReceiptBody(*receipt));
}

}  // namespace

void AddRecordingRoutes(const Service& service, http::Router* router) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router->Add(method, pattern,
                Answer([&service, handler](const Context& context, http::Request& request) {
                  return handler(service, context, request);
                }));
  };
  add("GET", "/v1/recordings", List);
  add("GET", "/v1/recordings/{id}", Get);
  add("PATCH", "/v1/recordings/{id}", Patch);
  add("DELETE", "/v1/recordings/{id}", Delete);
}

}  // namespace vang::metadata
