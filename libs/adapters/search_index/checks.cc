#include "libs/adapters/search_index/checks.h"

#include <set>
#include <string_view>

#include "libs/base/utf8.h"

namespace vang {

Status CheckDimension(int dimension) {
  if (dimension >= 1 && dimension <= 65'536) return {};
  return InvalidArgument("a search index needs vectors of 1 to 65536 components, not " +
                         std::to_string(dimension));
}

Status CheckPoints(const std::vector<Point>& points, const std::string& tenant,
                   const std::string& recording_id, std::size_t dimension) {
  std::set<std::string_view> ids;
  for (const Point& point : points) {
    if (point.id.empty()) return InvalidArgument("a point has no id");
    if (point.tenant != tenant || point.recording_id != recording_id) {
      return InvalidArgument("point " + point.id + " is of another recording");
    }
    if (!point.vector.empty() && point.vector.size() != dimension) {
      return InvalidArgument("point " + point.id + " has a vector of " +
                             std::to_string(point.vector.size()) + " components, the index has " +
                             std::to_string(dimension));
    }
    if (!IsValidUtf8(point.text)) {
      return InvalidArgument("the text of point " + point.id + " is not UTF-8");
    }
    if (!ids.insert(point.id).second) {
      return InvalidArgument("two points have the id " + point.id);
    }
  }
  return {};
}

Status CheckQuery(const SearchQuery& query, std::size_t dimension) {
  if (query.tenant.empty()) return InvalidArgument("a search needs a tenant");
  if (query.limit < 1 || query.limit > 1'000) {
    return InvalidArgument("a search gives 1 to 1000 hits, not " + std::to_string(query.limit));
  }
  if (!query.vector.empty() && query.vector.size() != dimension) {
    return InvalidArgument("the query's vector has " + std::to_string(query.vector.size()) +
                           " components, the index " + std::to_string(dimension));
  }
  return {};
}

}  // namespace vang
