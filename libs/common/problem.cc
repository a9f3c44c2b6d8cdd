// The one table from our codes to HTTP status, and RFC 9457 problem bodies both ways.
#include <array>

#include "libs/common/http.h"

namespace vang::http {
namespace {

struct Row {
  Code code;
  int status;
  std::string_view name;  // `code` in the body
  std::string_view title;
};

constexpr std::array<Row, 16> kRows = {{
    {Code::kCancelled, 499, "cancelled", "The request was cancelled"},
    {Code::kUnknown, 500, "unknown", "Something unexpected happened"},
    {Code::kInvalidArgument, 400, "invalid_request", "The request is not valid"},
    {Code::kDeadlineExceeded, 504, "deadline_exceeded", "It took too long"},
    {Code::kNotFound, 404, "not_found", "There is no such thing"},
    {Code::kAlreadyExists, 409, "already_exists", "It is there already"},
    {Code::kPermissionDenied, 403, "permission_denied", "The key may not do this"},
    {Code::kResourceExhausted, 507, "resource_exhausted", "There is no room for this"},
    {Code::kFailedPrecondition, 409, "failed_precondition",
     "The current state does not allow this"},
    {Code::kAborted, 409, "conflict", "Something else changed it first"},
    {Code::kOutOfRange, 413, "too_large", "It is larger than what is allowed"},
    {Code::kUnimplemented, 501, "unimplemented", "This is not supported"},
    {Code::kInternal, 500, "internal", "Vang made a mistake"},
    {Code::kUnavailable, 503, "unavailable", "A part of Vang cannot be reached"},
    {Code::kDataLoss, 500, "data_loss", "Stored data is damaged"},
    {Code::kUnauthenticated, 401, "unauthenticated", "A valid key is needed"},
}};

const Row& RowOf(Code code) {
  for (const Row& row : kRows) {
    if (row.code == code) return row;
  }
  return kRows[1];
}

// The JSON Pointer at the front of a message such as "/title must be a string".
std::string PointerIn(const std::string& message) {
  if (message.empty() || message.front() != '/') return {};
  const std::size_t end = message.find_first_of(": ");
  return end == std::string::npos ? std::string() : message.substr(0, end);
}

}  // namespace

int HttpStatusOf(Code code) { return code == Code::kOk ? 200 : RowOf(code).status; }

Response Problem(const Status& status, std::string_view request_id) {
  return Problem(HttpStatusOf(status.code()), status, request_id);
}

Response Problem(int http_status, const Status& status, std::string_view request_id) {
  const Row& row = RowOf(status.code());
  JsonWriter json;
  json.BeginObject()
      .Field("type", "about:blank")
      .Field("title", row.title)
      .Field("status", http_status)
      .Field("detail", status.message())
      .Field("code", row.name);
  if (const std::string pointer = PointerIn(status.message()); !pointer.empty()) {
    std::string detail = status.message().substr(pointer.size());
    detail.erase(0, detail.find_first_not_of(": "));
    json.Key("errors").BeginArray().BeginObject();
    json.Field("pointer", pointer).Field("detail", detail).EndObject().EndArray();
  }
  if (!request_id.empty()) json.Field("request_id", request_id);
  json.EndObject();
  Response response;
  response.status = http_status;
  response.headers.Set("Content-Type", "application/problem+json");
  if (http_status == 503 || http_status == 429) response.headers.Set("Retry-After", "1");
  if (http_status == 401) response.headers.Set("WWW-Authenticate", "Bearer");
  response.body = json.Take();
  return response;
}

Status StatusOfResponse(const Response& response) {
  if (response.status < 400) return {};
  Code code = Code::kUnknown;
  std::string detail = "HTTP " + std::to_string(response.status);
  bool named = false;
  if (auto body = ParseJson(response.body, 1 << 16); body.ok() && body->is_object()) {
    JsonReader reader(*body);
    const std::string name = reader.OptionalString("code").value_or("");
    detail = reader.OptionalString("detail").value_or(detail);
    for (const Row& row : kRows) {
      if (row.name == name) {
        code = row.code;
        named = true;
      }
    }
  }
  if (!named) {
    for (const Row& row : kRows) {
      if (row.status == response.status) {
        code = row.code;
        break;
      }
    }
    if (response.status == 429) code = Code::kResourceExhausted;
  }
  return Status(code, detail);
}

}  // namespace vang::http
