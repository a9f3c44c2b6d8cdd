// Where the models are that ship.
#pragma once

#include <string>

#include "libs/base/status.h"

namespace vang {

struct ModelFolders {
  std::string speech;  // empty when there is none
  std::string text;
  std::string embedding;
};

// In `models` when given, else VANG_MODELS, else ../share/vang/models or ../../models as seen from
// this program. kNotFound, saying where it looked.
Result<ModelFolders> FindModels(const std::string& models);

}  // namespace vang
