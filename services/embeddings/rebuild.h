// The search index made anew from objects, rows and the log (design section 3, rule 6).
#pragma once

#include <cstdint>

#include "services/embeddings/module.h"

namespace vang {

struct RebuiltIndex {
  std::int64_t recordings = 0;
  std::int64_t points = 0;
};

// Fills the index anew (SearchIndex::Rebuild) with every recording that the log has heard of and
// metadata still has; afterwards ContentHash is what it was before. Publishes nothing. Nothing else
// may write to the index meanwhile: stop the embeddings module first; metadata must answer. Cut off
// in the middle, it has to be run again.
Result<RebuiltIndex> RebuildIndex(const Context& context, const EmbeddingsPorts& ports);

}  // namespace vang
