#include "services/training-orchestrator/module.h"

#include "apps/services/service.h"

namespace vang::services {
namespace {

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(RegistryStore * registry, parts.Registry());
  VANG_ASSIGN_OR_RETURN(ObjectStore * objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(EventBus * bus, parts.Bus());
  VANG_ASSIGN_OR_RETURN(Upstream * metadata, parts.To("metadata"));
  VANG_ASSIGN_OR_RETURN(Upstream * asr, parts.To("asr"));
  VANG_ASSIGN_OR_RETURN(const ModelFolders models, parts.Models());
  return MakeTraining({registry, objects, bus, metadata, asr, &Clock::System(), parts.metrics()},
                      {models.speech});
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv,
                                    {"training-orchestrator", 8007, &vang::services::Make});
}
