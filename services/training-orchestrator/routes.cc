#include "services/training-orchestrator/routes.h"

#include <algorithm>
#include <charconv>

#include "libs/base/uuid.h"
#include "libs/common/schema.h"
#include "services/training-orchestrator/bodies.h"
#include "services/training-orchestrator/manifest.h"

namespace vang::training {
namespace {

constexpr int kDefaultLimit = 50;
constexpr int kMaxLimit = 200;
// The tenant that operates the installation: models are not any other tenant's to change.
constexpr char kOperator[] = "local";

using Answer = std::function<Result<http::Response>(const Context&, http::Request&)>;

// A failure becomes a problem body with the request's id.
http::Handler Answering(Answer answer) {
  return [answer = std::move(answer)](const Context& context, http::Request& request) {
    auto response = answer(context, request);
    return response.ok() ? std::move(*response)
                         : http::Problem(response.status(), request.request_id);
  };
}

Result<JsonValue> ReadChecked(const Context& context, http::Request& request,
                              std::string_view schema) {
  VANG_ASSIGN_OR_RETURN(JsonValue value, request.ReadJson(context));
  VANG_RETURN_IF_ERROR(CheckSchema(schema, value));
  return value;
}

Status CheckQuery(const http::Request& request, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return InvalidArgument("there is no query parameter '" + name + "' here");
    }
  }
  return {};
}

Result<int> Limit(const http::Request& request) {
  const auto text = request.Query("limit");
  if (!text) return kDefaultLimit;
  int limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 ||
      limit > kMaxLimit) {
    return InvalidArgument("limit must be a number from 1 to " + std::to_string(kMaxLimit));
  }
  return limit;
}

Status RequireOperator(const http::Request& request) {
  if (request.tenant == kOperator) return {};
  return PermissionDenied("models belong to the whole installation: only the tenant '" +
                          std::string(kOperator) + "' may change them");
}

// What a model's own fault is told as: the request is well formed, the model is not good.
http::Response ModelProblem(const Status& status, const http::Request& request) {
  const bool unfit = status.code() == Code::kInvalidArgument && !status.message().starts_with("/");
  return unfit ? http::Problem(422, status, request.request_id)
               : http::Problem(status, request.request_id);
}

}  // namespace

void AddDatasetRoutes(http::Router* router, RegistryStore* registry, Datasets* datasets) {
  router->Add("POST", "/v1/datasets",
              Answering([datasets](const Context& context,
                                   http::Request& request) -> Result<http::Response> {
                VANG_ASSIGN_OR_RETURN(const JsonValue body,
                                      ReadChecked(context, request, "dataset-request"));
                VANG_ASSIGN_OR_RETURN(
                    const Dataset dataset,
                    datasets->Create(context, request.tenant, JsonReader(body).String("name")));
                http::Response response = http::JsonResponse(201, DatasetBody(dataset));
                response.headers.Set("Location", "/v1/datasets/" + dataset.id);
                return response;
              }));
  router->Add("GET", "/v1/datasets",
              Answering([registry](const Context& context,
                                   http::Request& request) -> Result<http::Response> {
                VANG_RETURN_IF_ERROR(CheckQuery(request, {"limit", "cursor"}));
                VANG_ASSIGN_OR_RETURN(const int limit, Limit(request));
                const std::string cursor = request.Query("cursor").value_or("");
                if (!cursor.empty() && !IsUuid(cursor)) {
                  return InvalidArgument("cursor must be the next_cursor of an earlier page");
                }
                VANG_ASSIGN_OR_RETURN(
                    auto page, registry->ListDatasets(context, request.tenant, cursor, limit + 1));
                const bool has_more = page.size() > static_cast<std::size_t>(limit);
                if (has_more) page.pop_back();
                for (Dataset& dataset : page) {
                  VANG_ASSIGN_OR_RETURN(dataset,
                                        registry->GetDataset(context, request.tenant, dataset.id));
                }
                return http::JsonResponse(200, DatasetListBody(page, has_more));
              }));
  router->Add("GET", "/v1/datasets/{id}",
              Answering([registry](const Context& context,
                                   http::Request& request) -> Result<http::Response> {
                VANG_ASSIGN_OR_RETURN(const Dataset dataset,
                                      registry->GetDataset(context, request.tenant,
                                                           std::string(request.Param("id"))));
                return http::JsonResponse(200, DatasetBody(dataset));
              }));
  // Written from the rows, not read from the object: what was deleted since is not in it.
  router->Add(
      "GET", "/v1/datasets/{id}/manifest",
      Answering([registry](const Context& context,
                           http::Request& request) -> Result<http::Response> {
        VANG_RETURN_IF_ERROR(CheckQuery(request, {"split"}));
        const std::string split = request.Query("split").value_or("");
        if (request.Query("split") && !IsSplit(split)) {
          return InvalidArgument("split must be train, dev or test");
        }
        VANG_ASSIGN_OR_RETURN(
            const Dataset dataset,
            registry->GetDataset(context, request.tenant, std::string(request.Param("id"))));
        return http::TextResponse(200, "application/x-ndjson", WriteManifest(dataset.items, split));
      }));
}

void AddModelRoutes(http::Router* router, RegistryStore* registry, Models* models) {
  auto body_of = [models](const Context& context, const RegisteredModel& model, bool with_folder) {
    const auto champion = models->Champion(context);
    return ModelBody(model, champion.ok() ? champion->id : "", with_folder);
  };
  router->Add("GET", "/v1/models",
              Answering([registry, models](const Context& context,
                                           http::Request& request) -> Result<http::Response> {
                VANG_ASSIGN_OR_RETURN(const auto all, registry->ListModels(context));
                const auto champion = models->Champion(context);
                return http::JsonResponse(200, ModelListBody(all, champion.ok() ? champion->id : "",
                                                             request.tenant == kOperator));
              }));
  auto add = [models, body_of](const Context& context,
                               http::Request& request) -> Result<http::Response> {
    VANG_ASSIGN_OR_RETURN(const JsonValue body, ReadChecked(context, request, "model-request"));
    const auto model = models->Register(context, JsonReader(body).String("folder"));
    if (!model.ok()) return ModelProblem(model.status(), request);
    return http::JsonResponse(201, body_of(context, *model, true));
  };
  router->Add(
      "POST", "/v1/models",
      Answering([add](const Context& context, http::Request& request) -> Result<http::Response> {
        VANG_RETURN_IF_ERROR(RequireOperator(request));
        return add(context, request);
      }));
  router->Add("POST", "/internal/v1/models", Answering(add));
  router->Add("POST", "/v1/models/{id}/promote",
              Answering([models, body_of](const Context& context,
                                          http::Request& request) -> Result<http::Response> {
                VANG_RETURN_IF_ERROR(RequireOperator(request));
                const auto model = models->Promote(context, std::string(request.Param("id")));
                if (!model.ok()) return ModelProblem(model.status(), request);
                return http::JsonResponse(200, body_of(context, *model, true));
              }));
  router->Add("POST", "/v1/models/rollback",
              Answering([models, body_of](const Context& context,
                                          http::Request& request) -> Result<http::Response> {
                VANG_RETURN_IF_ERROR(RequireOperator(request));
                VANG_ASSIGN_OR_RETURN(const RegisteredModel model, models->Rollback(context));
                return http::JsonResponse(200, body_of(context, model, true));
              }));
  router->Add("GET", "/internal/v1/models/champion",
              Answering([models](const Context& context, http::Request&) -> Result<http::Response> {
                VANG_ASSIGN_OR_RETURN(const RegisteredModel model, models->Champion(context));
                JsonWriter json;
                json.BeginObject()
                    .Field("id", model.id)
                    .Field("family", model.family)
                    .Field("folder", model.folder)
                    .EndObject();
                return http::JsonResponse(200, json.Take());
              }));
}

}  // namespace vang::training
