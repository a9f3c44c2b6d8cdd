// The search index of the embedded shape: points in one SQLite file, and in memory what a search
// needs of them.
#pragma once

#include <memory>
#include <string>

#include "libs/ports/search_index.h"

namespace vang {

struct EmbeddedSearchIndexConfig {
  std::string path;   // of the database file; made, with its folder, when missing
  int dimension = 0;  // of the vectors; points and queries of another size are kInvalidArgument
};

// A file of another dimension is emptied, as its vectors mean nothing any more; Log says so.
Result<std::unique_ptr<SearchIndex>> OpenEmbeddedSearchIndex(
    const EmbeddedSearchIndexConfig& config);

}  // namespace vang
