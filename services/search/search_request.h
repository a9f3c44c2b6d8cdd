// What a client may ask.
#pragma once

#include "libs/common/http.h"
#include "libs/ports/search_index.h"

namespace vang::search {

// The query without its vector. kPermissionDenied without the scope "read"; kInvalidArgument that
// names the parameter which is missing, unknown, twice there or out of bounds.
Result<SearchQuery> ReadSearchRequest(const http::Request& request);

}  // namespace vang::search
