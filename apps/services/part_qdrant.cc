#include "apps/services/parts.h"
#include "libs/adapters/search_index/qdrant/qdrant_search_index.h"

namespace vang::services {

Result<SearchIndex*> Parts::Qdrant(int dimension) {
  QdrantSearchIndexConfig config;
  config.url = settings_->Text("qdrant.url");
  config.api_key = settings_->Text("qdrant.api_key");
  config.ca_file = settings_->Text("qdrant.ca_file");
  config.collection = settings_->Text("qdrant.collection");
  config.dimension = dimension;
  VANG_ASSIGN_OR_RETURN(auto index, OpenQdrantSearchIndex(config));
  return Keep(std::move(index));
}

}  // namespace vang::services
