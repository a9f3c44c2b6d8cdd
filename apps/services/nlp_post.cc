#include "services/nlp-post/module.h"

#include "apps/services/service.h"

namespace vang::services {
namespace {

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  VANG_ASSIGN_OR_RETURN(EventBus * bus, parts.Bus());
  VANG_ASSIGN_OR_RETURN(ObjectStore * objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(const ModelFolders models, parts.Models());
  NlpPostOptions options;
  options.model_folder = models.text;
  return MakeNlpPost({bus, objects, &Clock::System(), parts.metrics()}, options);
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv, {"nlp-post", 8004, &vang::services::Make});
}
