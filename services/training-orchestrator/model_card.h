// What a model's folder says about itself.
#pragma once

#include <string>

#include "libs/ports/registry_store.h"

namespace vang::training {

// The model in the absolute path `folder`. id: model.json's "id", or the folder's name. card:
// model.json's members, and "summary", the first paragraph of README.md. kInvalidArgument when it
// is not a folder, not a model of a known family, or its id cannot be one.
Result<RegisteredModel> ReadModelFolder(const std::string& folder);

}  // namespace vang::training
