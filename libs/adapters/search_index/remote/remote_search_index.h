// The index that another service holds: the embeddings service, where there is no vector database.
// Each call is one request to its routes under /internal/v1/index (services/embeddings).
#pragma once

#include <memory>

#include "libs/ports/search_index.h"
#include "libs/ports/upstream.h"

namespace vang {

// `holder` must outlive it.
std::unique_ptr<SearchIndex> MakeRemoteSearchIndex(Upstream* holder);

}  // namespace vang
