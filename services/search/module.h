// search: a question → ranked moments.
//   GET /v1/search?q=&limit=&recording_id=&speaker=&from=&to= → search-results
#pragma once

#include <memory>

#include "libs/ports/embedder.h"
#include "libs/ports/search_index.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct SearchPorts {
  SearchIndex* index = nullptr;
  Embedder* embedder = nullptr;
  Upstream* metadata = nullptr;  // titles of the recordings that were found
  Metrics* metrics = nullptr;
};

std::unique_ptr<Module> MakeSearch(const SearchPorts& ports);

}  // namespace vang
