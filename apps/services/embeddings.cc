#include "services/embeddings/module.h"

#include <cstdio>

#include "apps/services/service.h"
#include "services/embeddings/rebuild.h"

namespace vang::services {
namespace {

Result<EmbeddingsPorts> Ports(Parts& parts) {
  EmbeddingsPorts ports;
  VANG_ASSIGN_OR_RETURN(ports.bus, parts.Bus());
  VANG_ASSIGN_OR_RETURN(ports.objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(ports.embedder, parts.Embed());
  VANG_ASSIGN_OR_RETURN(ports.index, parts.WrittenIndex(ports.embedder->dimension()));
  VANG_ASSIGN_OR_RETURN(ports.metadata, parts.To("metadata"));
  ports.metrics = parts.metrics();
  return ports;
}

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(const EmbeddingsPorts ports, Ports(parts));
  return MakeEmbeddings(ports, {});
}

Status Rebuild(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(const EmbeddingsPorts ports, Ports(parts));
  VANG_ASSIGN_OR_RETURN(const RebuiltIndex rebuilt, RebuildIndex(Context(), ports));
  std::printf("%lld recordings, %lld moments\n", static_cast<long long>(rebuilt.recordings),
              static_cast<long long>(rebuilt.points));
  return {};
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv,
                                    {.name = "embeddings",
                                     .port = 8005,
                                     .make = &vang::services::Make,
                                     .rebuild = &vang::services::Rebuild});
}
