// Dead letters listed, read, delivered again and dropped; and replays of the log.
#include "libs/base/uuid.h"
#include "services/metadata/apply_event.h"
#include "services/metadata/requests.h"
#include "services/metadata/routes.h"

namespace vang::metadata {
namespace {

// "All" of a tenant, in one request. What is left is there for the next one.
constexpr int kMostRedriven = 10'000;

std::string LetterBody(const DeadLetter& letter) {
  JsonWriter json;
  json.BeginObject().Field("id", letter.id).Key("recording_id");
  if (const auto recording = RecordingOf(letter.event)) {
    json.String(*recording);
  } else {
    json.Null();
  }
  json.Field("consumer", letter.consumer)
      .Field("subject", letter.event.subject)
      .Field("code", letter.code)
      .Field("reason", letter.reason)
      .Field("attempts", letter.attempts)
      .Field("at", FormatTime(letter.at))
      .EndObject();
  std::string body = json.Take();
  body.pop_back();
  return body + ",\"event\":" + EncodeEvent(letter.event) + "}";
}

std::string RedriveBody(int count) {
  JsonWriter json;
  json.BeginObject().Field("redriven", count).EndObject();
  return json.Take();
}

// The tenant's letter; those of others, and one that is only written ahead, are not there.
Result<DeadLetter> FindLetter(const Service& service, const Context& context,
                              const http::Request& request) {
  const std::string id(request.Param("id"));
  auto letter = service.ports.bus->GetDeadLetter(context, id);
  if (!letter.ok() && letter.status().code() != Code::kNotFound) return letter;
  if (!letter.ok() || letter->event.tenant != request.tenant || letter->provisional) {
    return NotFound("there is no dead letter " + id);
  }
  return letter;
}

Result<http::Response> List(const Service& service, const Context& context,
                            http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {"limit", "cursor"}));
  VANG_ASSIGN_OR_RETURN(const int limit,
                        QueryNumber(request, "limit", kDefaultLimit, 1, kMaxLimit));
  const std::string cursor = request.Query("cursor").value_or("");
  if (!cursor.empty() && !IsUuid(cursor)) {
    return InvalidArgument("cursor: '" + cursor +
                           "' is no cursor; take next_cursor of the page before as it is");
  }
  VANG_ASSIGN_OR_RETURN(
      auto letters, service.ports.bus->ListDeadLetters(context, request.tenant, cursor, limit + 1));
  std::string next;
  if (letters.size() > static_cast<std::size_t>(limit)) {
    letters.pop_back();
    next = letters.back().id;
  }
  std::vector<std::string> items;
  items.reserve(letters.size());
  for (const DeadLetter& letter : letters) items.push_back(LetterBody(letter));
  return http::JsonResponse(200, ListBody(items, next));
}

Result<http::Response> Get(const Service& service, const Context& context, http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const DeadLetter letter, FindLetter(service, context, request));
  return http::JsonResponse(200, LetterBody(letter));
}

Result<http::Response> Drop(const Service& service, const Context& context,
                            http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const DeadLetter letter, FindLetter(service, context, request));
  VANG_RETURN_IF_ERROR(service.ports.bus->DeleteDeadLetter(context, letter.id));
  http::Response response;
  response.status = 204;
  return response;
}

Result<http::Response> Redrive(const Service& service, const Context& context,
                               http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const DeadLetter letter, FindLetter(service, context, request));
  VANG_RETURN_IF_ERROR(service.ports.bus->RedriveDeadLetter(context, letter.id));
  return http::JsonResponse(200, RedriveBody(1));
}

// Those that are there now: one that fails at once again is not driven round in a circle.
Result<http::Response> RedriveAll(const Service& service, const Context& context,
                                  http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_ASSIGN_OR_RETURN(const auto letters, service.ports.bus->ListDeadLetters(
                                                context, request.tenant, "", kMostRedriven));
  int count = 0;
  for (const DeadLetter& letter : letters) {
    const Status redriven = service.ports.bus->RedriveDeadLetter(context, letter.id);
    if (redriven.ok()) ++count;
    if (!redriven.ok() && redriven.code() != Code::kNotFound) return redriven;
  }
  return http::JsonResponse(200, RedriveBody(count));
}

// A replay delivers the events of all tenants, so only the operator may begin one.
Result<http::Response> Replay(const Service& service, const Context& context,
                              http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_RETURN_IF_ERROR(RequireOperator(request));
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ReadChecked(context, request, "replay-request"));
  JsonReader reader(body);
  const std::string consumer = reader.String("consumer");
  const std::string subject = reader.OptionalString("subject").value_or("");
  ReplayFrom from;
  if (const auto sequence = reader.OptionalInt("from_sequence")) {
    from.sequence = static_cast<std::uint64_t>(*sequence);
  }
  if (const auto time = reader.OptionalString("from_time")) {
    const auto parsed = ParseTime(*time);
    if (!parsed.ok()) return InvalidArgument("/from_time: " + parsed.status().message());
    from.time = *parsed;
  }
  VANG_RETURN_IF_ERROR(reader.status());
  VANG_ASSIGN_OR_RETURN(const std::uint64_t count,
                        service.ports.bus->Replay(context, consumer, subject, from));
  JsonWriter json;
  json.BeginObject()
      .Field("consumer", consumer)
      .Field("deliveries", static_cast<std::int64_t>(count))
      .EndObject();
  return http::JsonResponse(202, json.Take());
}

}  // namespace

void AddDeadLetterRoutes(const Service& service, http::Router* router) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router->Add(method, pattern,
                Answer([&service, handler](const Context& context, http::Request& request) {
                  return handler(service, context, request);
                }));
  };
  add("GET", "/v1/dead-letters", List);
  add("POST", "/v1/dead-letters/redrive", RedriveAll);
  add("GET", "/v1/dead-letters/{id}", Get);
  add("DELETE", "/v1/dead-letters/{id}", Drop);
  add("POST", "/v1/dead-letters/{id}/redrive", Redrive);
  add("POST", "/v1/replays", Replay);
}

}  // namespace vang::metadata
