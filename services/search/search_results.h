// The answer's body, schema search-results.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/ports/search_index.h"

namespace vang::search {

// Hits of recordings that have no title here are left out.
std::string SearchResultsBody(std::string_view question, const std::vector<SearchHit>& hits,
                              const std::map<std::string, std::string>& titles);

}  // namespace vang::search
