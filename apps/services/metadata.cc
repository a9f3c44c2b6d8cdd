#include "services/metadata/module.h"

#include "apps/services/service.h"
#include "services/metadata/restore_log.h"

namespace vang::services {
namespace {

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(MetadataStore * store, parts.Metadata());
  VANG_ASSIGN_OR_RETURN(KeyStore * keys, parts.Keys());
  VANG_ASSIGN_OR_RETURN(ObjectStore * objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(EventBus * bus, parts.Bus());
  return MakeMetadata({store, keys, objects, bus, &Clock::System(), parts.metrics()});
}

Result<std::string> Restore(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(MetadataStore * store, parts.Metadata());
  VANG_ASSIGN_OR_RETURN(EventBus * bus, parts.Bus());
  VANG_ASSIGN_OR_RETURN(const RestoredLog said, RestoreLog(Context(), *bus, *store));
  return "said again: " + std::to_string(said.recordings) + " recordings, " +
         std::to_string(said.edits) + " edits, " + std::to_string(said.deletions) + " deletions";
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(
      argc, argv,
      {"metadata", 8002, &vang::services::Make, false, true, {}, &vang::services::Restore});
}
