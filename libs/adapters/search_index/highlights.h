// Where a question's words stand in a text.
#pragma once

#include <string_view>
#include <vector>

#include "libs/ports/search_index.h"
#include "libs/vietnamese/search_terms.h"

namespace vang {

// A word typed with accents marks its exact matches, or, when the text has none, what is spelled
// alike but for accents; one typed without marks either. In order, not overlapping.
std::vector<Highlight> FindHighlights(const std::vector<SearchTerm>& query, std::string_view text);

}  // namespace vang
