// Keys and models of a data folder that no server works on: the routes of metadata and
// training-orchestrator, answered in this process as to an admin of the tenant `local`.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "apps/vang/api.h"

namespace vang::cli {

// Takes the folder's lock for as long as it lives. `models`: as for FindModels.
Result<std::unique_ptr<Api>> OpenLocalApi(const std::filesystem::path& data,
                                          const std::string& models);

}  // namespace vang::cli
