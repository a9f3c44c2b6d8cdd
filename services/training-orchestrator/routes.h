// The HTTP routes of training-orchestrator over Datasets and Models.
#pragma once

#include "libs/common/http.h"
#include "libs/ports/registry_store.h"
#include "services/training-orchestrator/datasets.h"
#include "services/training-orchestrator/models.h"

namespace vang::training {

// All of them must outlive the router.
void AddDatasetRoutes(http::Router* router, RegistryStore* registry, Datasets* datasets);
void AddModelRoutes(http::Router* router, RegistryStore* registry, Models* models);

}  // namespace vang::training
