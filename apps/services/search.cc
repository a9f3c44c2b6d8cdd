#include "services/search/module.h"

#include "apps/services/service.h"

namespace vang::services {
namespace {

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(Embedder * embedder, parts.Embed());
  VANG_ASSIGN_OR_RETURN(SearchIndex * index, parts.ReadIndex(embedder->dimension()));
  VANG_ASSIGN_OR_RETURN(Upstream * metadata, parts.To("metadata"));
  return MakeSearch({index, embedder, metadata, parts.metrics()});
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv, {"search", 8006, &vang::services::Make});
}
