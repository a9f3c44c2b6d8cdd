// The index for services that do not hold it: /internal/v1/index/…, one route for each operation of
// libs/ports/search_index.h, JSON both ways (libs/ports/search_messages.h).
#pragma once

#include "libs/common/http.h"
#include "libs/ports/search_index.h"

namespace vang::embeddings {

// `index` must outlive the router.
void AddIndexRoutes(SearchIndex* index, http::Router* router);

}  // namespace vang::embeddings
