// Points, queries and hits as JSON, for an index that lives in another process. Numbers keep every
// bit. Parsing is strict: kInvalidArgument names the member that is wrong.
#pragma once

#include <string>
#include <vector>

#include "libs/common/json.h"
#include "libs/ports/search_index.h"

namespace vang {

void WritePoint(const Point& point, JsonWriter* json);
Result<Point> ReadPoint(const JsonValue& value);

std::string WriteSearchQuery(const SearchQuery& query);
Result<SearchQuery> ReadSearchQuery(const JsonValue& value);

std::string WriteSearchHits(const std::vector<SearchHit>& hits);
Result<std::vector<SearchHit>> ReadSearchHits(const JsonValue& value);

}  // namespace vang
