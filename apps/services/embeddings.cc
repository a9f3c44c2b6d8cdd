#include "services/embeddings/module.h"

#include "apps/services/service.h"

namespace vang::services {
namespace {

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(EventBus * bus, parts.Bus());
  VANG_ASSIGN_OR_RETURN(ObjectStore * objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(Embedder * embedder, parts.Embed());
  VANG_ASSIGN_OR_RETURN(SearchIndex * index, parts.OwnIndex(embedder->dimension()));
  VANG_ASSIGN_OR_RETURN(Upstream * metadata, parts.To("metadata"));
  return MakeEmbeddings(
      {bus, objects, index, embedder, metadata, &Clock::System(), parts.metrics()}, {});
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv, {"embeddings", 8005, &vang::services::Make});
}
