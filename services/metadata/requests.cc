#include "services/metadata/requests.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "libs/common/schema.h"
#include "services/metadata/service.h"

namespace vang::metadata {

http::Handler Answer(RouteHandler handler) {
  return [handler = std::move(handler)](const Context& context, http::Request& request) {
    Result<http::Response> response = handler(context, request);
    return response.ok() ? *std::move(response)
                         : http::Problem(response.status(), request.request_id);
  };
}

Status CheckQuery(const http::Request& request, std::initializer_list<std::string_view> known) {
  std::string unknown;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      unknown += (unknown.empty() ? "'" : ", '") + name + "'";
    } else if (!seen.insert(name).second) {
      return InvalidArgument("the query parameter '" + name + "' is there twice");
    }
  }
  if (unknown.empty()) return {};
  std::string all;
  for (const std::string_view name : known) {
    all += (all.empty() ? "" : ", ") + std::string(name);
  }
  return InvalidArgument("unknown query parameter " + unknown +
                         (all.empty() ? "; none is taken here" : "; taken are " + all));
}

Result<int> QueryNumber(const http::Request& request, std::string_view name, int fallback,
                        int smallest, int largest) {
  const auto text = request.Query(name);
  if (!text) return fallback;
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < smallest ||
      value > largest) {
    return InvalidArgument(std::string(name) + ": '" + *text + "' is not a whole number from " +
                           std::to_string(smallest) + " to " + std::to_string(largest));
  }
  return value;
}

Result<JsonValue> ReadChecked(const Context& context, http::Request& request,
                              std::string_view schema) {
  VANG_ASSIGN_OR_RETURN(JsonValue body, request.ReadJson(context));
  VANG_RETURN_IF_ERROR(CheckSchema(schema, body));
  return body;
}

Status RequireScope(const http::Request& request, std::string_view scope) {
  if (std::find(request.scopes.begin(), request.scopes.end(), scope) != request.scopes.end()) {
    return {};
  }
  return PermissionDenied("this needs a key with the scope '" + std::string(scope) + "'");
}

Status RequireOperator(const http::Request& request) {
  VANG_RETURN_IF_ERROR(RequireScope(request, "admin"));
  if (request.tenant == kOperatorTenant) return {};
  return PermissionDenied(
      "this touches every tenant, so it needs an admin key of the tenant "
      "'" +
      std::string(kOperatorTenant) + "'");
}

std::string ListBody(const std::vector<std::string>& items, const std::string& next_cursor) {
  std::string body = "{\"data\":[";
  for (std::size_t i = 0; i < items.size(); ++i) body += (i == 0 ? "" : ",") + items[i];
  JsonWriter end;
  end.BeginObject().Key("next_cursor");
  if (next_cursor.empty()) {
    end.Null();
  } else {
    end.String(next_cursor);
  }
  end.Field("has_more", !next_cursor.empty()).EndObject();
  return body + "]," + end.text().substr(1);
}

}  // namespace vang::metadata
