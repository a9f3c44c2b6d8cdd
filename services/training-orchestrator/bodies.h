// The JSON bodies that this service answers with; libs/common/schemas has the schema of each.
#pragma once

#include <string>
#include <vector>

#include "libs/ports/registry_store.h"

namespace vang::training {

// dataset
std::string DatasetBody(const Dataset& dataset);
// dataset-list; `has_more` when there are older ones than the last of `datasets`.
std::string DatasetListBody(const std::vector<Dataset>& datasets, bool has_more);
// model. Where a model lies on the server is told to its operator only.
std::string ModelBody(const RegisteredModel& model, const std::string& champion, bool with_folder);
// model-list, never paged: an installation has a handful.
std::string ModelListBody(const std::vector<RegisteredModel>& models, const std::string& champion,
                          bool with_folder);

}  // namespace vang::training
