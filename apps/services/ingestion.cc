#include "services/ingestion/module.h"

#include "apps/services/service.h"

namespace vang::services {
namespace {

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(ObjectStore * objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(Upstream * metadata, parts.To("metadata"));
  VANG_ASSIGN_OR_RETURN(const int mib,
                        parts.settings().Number("ingestion.max_upload_mib", 1, 1 << 20));
  IngestionOptions options;
  options.max_upload_bytes = static_cast<std::uint64_t>(mib) << 20;
  return MakeIngestion({objects, metadata, parts.metrics()}, options);
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv, {"ingestion", 8001, &vang::services::Make});
}
