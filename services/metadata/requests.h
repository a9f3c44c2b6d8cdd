// What the routes of metadata ask of a request before they look at it: known query parameters,
// numbers within their limits, a body that conforms to its schema, the right to do it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "libs/common/http.h"

namespace vang::metadata {

inline constexpr int kDefaultLimit = 50;
inline constexpr int kMaxLimit = 200;

// A handler whose failure becomes a problem body with the request's id.
using RouteHandler = std::function<Result<http::Response>(const Context&, http::Request&)>;
http::Handler Answer(RouteHandler handler);

// kInvalidArgument that names every parameter of the query which is not in `known`, or is there
// twice.
Status CheckQuery(const http::Request& request, std::initializer_list<std::string_view> known);

// The whole number in the query parameter, or `fallback` when it is absent.
Result<int> QueryNumber(const http::Request& request, std::string_view name, int fallback,
                        int smallest, int largest);

// The body as JSON that conforms to the schema.
Result<JsonValue> ReadChecked(const Context& context, http::Request& request,
                              std::string_view schema);

// kPermissionDenied without the scope.
Status RequireScope(const http::Request& request, std::string_view scope);
// kPermissionDenied unless an admin of the tenant that owns the installation asks.
Status RequireOperator(const http::Request& request);

// {data, next_cursor, has_more} around items that are JSON already.
std::string ListBody(const std::vector<std::string>& items, const std::string& next_cursor);

}  // namespace vang::metadata
