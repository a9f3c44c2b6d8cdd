// What every search index refuses (kInvalidArgument) before it does anything.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "libs/ports/search_index.h"

namespace vang {

Status CheckDimension(int dimension);

// All of one recording, each id once, vectors of the index's size or none, text in UTF-8.
Status CheckPoints(const std::vector<Point>& points, const std::string& tenant,
                   const std::string& recording_id, std::size_t dimension);

Status CheckQuery(const SearchQuery& query, std::size_t dimension);

}  // namespace vang
