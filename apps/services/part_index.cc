#include "apps/services/parts.h"
#include "libs/adapters/search_index/embedded/embedded_search_index.h"

namespace vang::services {

Result<SearchIndex*> Parts::OwnIndex(int dimension) {
  const std::string& folder = settings_->Text("index.folder");
  if (folder.empty()) {
    return FailedPrecondition("index.folder says where the search index is kept, and is not given");
  }
  VANG_ASSIGN_OR_RETURN(auto index, OpenEmbeddedSearchIndex({folder + "/index.db", dimension}));
  return Keep(std::move(index));
}

}  // namespace vang::services
