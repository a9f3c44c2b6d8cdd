#include "apps/services/parts.h"
#include "libs/adapters/search_index/remote/remote_search_index.h"

namespace vang::services {

Result<SearchIndex*> Parts::ReadIndex(int dimension) {
  if (settings_->Given("qdrant.url")) return Qdrant(dimension);
  VANG_ASSIGN_OR_RETURN(Upstream * holder, To("embeddings"));
  return Keep(MakeRemoteSearchIndex(holder));
}

}  // namespace vang::services
