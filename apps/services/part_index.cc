#include "apps/services/parts.h"
#include "libs/adapters/search_index/embedded/embedded_search_index.h"

namespace vang::services {

Result<SearchIndex*> Parts::WrittenIndex(int dimension) {
  if (settings_->Given("qdrant.url")) return Qdrant(dimension);
  const std::string& folder = settings_->Text("index.folder");
  if (folder.empty()) {
    return FailedPrecondition(
        "neither qdrant.url nor index.folder is given: one of them says where the search index is "
        "kept");
  }
  VANG_ASSIGN_OR_RETURN(auto index, OpenEmbeddedSearchIndex({folder + "/index.db", dimension}));
  return Keep(std::move(index));
}

}  // namespace vang::services
