#include "services/training-orchestrator/models.h"

#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "services/training-orchestrator/model_card.h"

namespace vang::training {
namespace {

// Longer than a recogniser's child may take to load.
constexpr Duration kTryTimeout{180'000};
// Models belong to the installation; events need a tenant all the same.
constexpr char kTenant[] = "local";

}  // namespace

Models::Models(const ModelPorts& ports) : ports_(ports) {}

Status Models::RegisterDefault(const Context& context, const std::string& folder) {
  std::unique_lock<std::mutex> lock(mutex_);
  VANG_ASSIGN_OR_RETURN(RegisteredModel model, ReadModelFolder(folder));
  auto known = ports_.registry->GetModel(context, model.id);
  if (!known.ok() && known.status().code() != Code::kNotFound) return known.status();
  model.created_at = known.ok() ? known->created_at : ports_.clock->Now();
  VANG_RETURN_IF_ERROR(ports_.registry->PutModel(context, model));
  const auto champion = ports_.registry->GetAlias(context, kChampion);
  if (champion.ok() || champion.status().code() != Code::kNotFound) return champion.status();
  return ports_.registry->SetAlias(context, kChampion, model.id, ports_.clock->Now()).status();
}

Result<RegisteredModel> Models::Register(const Context& context, const std::string& folder) {
  std::unique_lock<std::mutex> lock(mutex_);
  VANG_ASSIGN_OR_RETURN(RegisteredModel model, ReadModelFolder(folder));
  auto known = ports_.registry->GetModel(context, model.id);
  if (!known.ok() && known.status().code() != Code::kNotFound) return known.status();
  if (known.ok() && known->folder != model.folder) {
    return AlreadyExists("model '" + model.id + "' is registered from " + known->folder +
                         ": give this one another id in model.json");
  }
  model.created_at = known.ok() ? known->created_at : ports_.clock->Now();
  VANG_RETURN_IF_ERROR(Try(context, model));
  VANG_RETURN_IF_ERROR(ports_.registry->PutModel(context, model));
  return model;
}

Result<RegisteredModel> Models::Promote(const Context& context, const std::string& id) {
  std::unique_lock<std::mutex> lock(mutex_);
  VANG_ASSIGN_OR_RETURN(const RegisteredModel model, ports_.registry->GetModel(context, id));
  VANG_RETURN_IF_ERROR(Try(context, model));
  VANG_RETURN_IF_ERROR(
      ports_.registry->SetAlias(context, kChampion, id, ports_.clock->Now()).status());
  VANG_RETURN_IF_ERROR(FinishPromotion(context));
  return model;
}

Result<RegisteredModel> Models::Rollback(const Context& context) {
  std::unique_lock<std::mutex> lock(mutex_);
  VANG_ASSIGN_OR_RETURN(const AliasChange change,
                        ports_.registry->RollbackAlias(context, kChampion, ports_.clock->Now()));
  VANG_RETURN_IF_ERROR(FinishPromotion(context));
  return ports_.registry->GetModel(context, change.model_id);
}

Result<RegisteredModel> Models::Champion(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const std::string id, ports_.registry->GetAlias(context, kChampion));
  return ports_.registry->GetModel(context, id);
}

Status Models::FinishPromotion(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const auto history, ports_.registry->AliasHistory(context, kChampion));
  if (history.empty()) return {};
  const AliasChange& change = history.back();
  ModelPromoted promoted;
  promoted.model_id = change.model_id;
  promoted.previous_model_id = change.previous_model_id;
  promoted.kind = "speech";
  promoted.alias = change.alias;
  promoted.action = change.action;
  promoted.promotion_id = DerivedId("promotion", change.alias, std::to_string(history.size()),
                                    change.model_id, std::to_string(change.at));
  const Event event = ToEvent(promoted, kTenant, "training-orchestrator", change.at);
  return ports_.bus->Publish(context, event).status();
}

// POST /internal/v1/models/validate of asr: 204, or 422 with what the child said.
Status Models::Try(const Context& context, const RegisteredModel& model) {
  JsonWriter json;
  json.BeginObject()
      .Field("id", model.id)
      .Field("family", model.family)
      .Field("folder", model.folder)
      .EndObject();
  http::Request request;
  request.method = "POST";
  request.path = "/internal/v1/models/validate";
  request.headers.Set("Content-Type", "application/json");
  request.content_length = json.text().size();
  request.body = http::StringBody(json.Take());
  auto response = ports_.asr->Send(context.WithTimeout(kTryTimeout), request);
  if (!response.ok()) return response.status().Wrap("trying model '" + model.id + "'");
  Status status = http::StatusOfResponse(*response);
  if (response->status == 422) status = InvalidArgument(status.message());
  return status.Wrap("model '" + model.id + "' does not decode");
}

}  // namespace vang::training
