#include "services/training-orchestrator/datasets.h"

#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "services/training-orchestrator/manifest.h"

namespace vang::training {

double TotalSeconds(const std::vector<DatasetItem>& items) {
  double seconds = 0;
  for (const DatasetItem& item : items) seconds += item.duration;
  return seconds;
}

Datasets::Datasets(const DatasetPorts& ports) : ports_(ports) {}

Result<Dataset> Datasets::Create(const Context& context, const std::string& tenant,
                                 const std::string& name) {
  const auto lock = ports_.corrections->Hold();
  VANG_ASSIGN_OR_RETURN(const auto newest, ports_.registry->ListDatasets(context, tenant, "", 1));
  for (const Dataset& listed : newest) {
    VANG_ASSIGN_OR_RETURN(const Dataset unfinished,
                          ports_.registry->GetDataset(context, tenant, listed.id));
    VANG_RETURN_IF_ERROR(Finish(context, unfinished));
  }
  Dataset dataset;
  dataset.id = RandomUuid();
  dataset.tenant = tenant;
  dataset.name = name;
  dataset.created_at = ports_.clock->Now();
  dataset.manifest_key = ManifestKey(tenant, dataset.id);
  VANG_ASSIGN_OR_RETURN(dataset.items, ports_.corrections->Current(context, tenant));
  if (dataset.items.empty()) {
    return FailedPrecondition("there are no corrections yet: correct a transcript first");
  }
  VANG_ASSIGN_OR_RETURN(dataset, ports_.registry->AddDataset(context, std::move(dataset)));
  VANG_RETURN_IF_ERROR(Finish(context, dataset).Wrap("dataset " + dataset.id + " is stored"));
  return dataset;
}

Status Datasets::FinishAll(const Context& context) {
  const auto lock = ports_.corrections->Hold();
  VANG_ASSIGN_OR_RETURN(const auto newest, ports_.registry->NewestDatasets(context));
  for (const Dataset& listed : newest) {
    VANG_ASSIGN_OR_RETURN(const Dataset dataset,
                          ports_.registry->GetDataset(context, listed.tenant, listed.id));
    VANG_RETURN_IF_ERROR(Finish(context, dataset));
  }
  return {};
}

Status Datasets::Finish(const Context& context, const Dataset& dataset) {
  VANG_RETURN_IF_ERROR(
      ports_.objects->Put(context, dataset.manifest_key, WriteManifest(dataset.items)));
  DatasetReady ready;
  ready.dataset_id = dataset.id;
  ready.name = dataset.name;
  ready.version = dataset.version;
  ready.manifest_key = dataset.manifest_key;
  ready.items = static_cast<std::int64_t>(dataset.items.size());
  ready.seconds = TotalSeconds(dataset.items);
  const Event event = ToEvent(ready, dataset.tenant, "training-orchestrator", dataset.created_at);
  return ports_.bus->Publish(context, event).status();
}

}  // namespace vang::training
