#include "apps/services/parts.h"
#include "libs/adapters/embedder/static_vectors/static_embedder.h"

namespace vang::services {

Result<Embedder*> Parts::Embed() {
  VANG_ASSIGN_OR_RETURN(const ModelFolders models, Models());
  VANG_ASSIGN_OR_RETURN(auto embedder, OpenStaticEmbedder({models.embedding}));
  return Keep(std::move(embedder));
}

}  // namespace vang::services
