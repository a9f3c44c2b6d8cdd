#include "services/training-orchestrator/bodies.h"

#include "libs/common/json.h"
#include "services/training-orchestrator/datasets.h"

namespace vang::training {
namespace {

void WriteDataset(JsonWriter& json, const Dataset& dataset) {
  json.BeginObject()
      .Field("id", dataset.id)
      .Field("name", dataset.name)
      .Field("version", dataset.version)
      .Field("created_at", FormatTime(dataset.created_at))
      .Field("items", static_cast<std::int64_t>(dataset.items.size()));
  json.Key("seconds").Number(TotalSeconds(dataset.items), 3);
  json.Key("splits").BeginObject();
  for (const char* split : {"train", "dev", "test"}) {
    std::int64_t items = 0;
    double seconds = 0;
    for (const DatasetItem& item : dataset.items) {
      if (item.split != split) continue;
      ++items;
      seconds += item.duration;
    }
    json.Key(split).BeginObject().Field("items", items);
    json.Key("seconds").Number(seconds, 3).EndObject();
  }
  json.EndObject().EndObject();
}

void WriteModel(JsonWriter& json, const RegisteredModel& model, const std::string& champion,
                bool with_folder) {
  json.BeginObject()
      .Field("id", model.id)
      .Field("kind", model.kind)
      .Field("family", model.family)
      .Field("champion", model.id == champion);
  json.Key("folder");
  with_folder ? json.String(model.folder) : json.Null();
  auto card = ParseJson(model.card);
  json.Key("card").Value(card.ok() && card->is_object() ? *card : JsonValue(JsonObject()));
  json.Field("created_at", FormatTime(model.created_at)).EndObject();
}

void EndList(JsonWriter& json, const std::string& cursor) {
  json.EndArray().Key("next_cursor");
  cursor.empty() ? json.Null() : json.String(cursor);
  json.Field("has_more", !cursor.empty()).EndObject();
}

}  // namespace

std::string DatasetBody(const Dataset& dataset) {
  JsonWriter json;
  WriteDataset(json, dataset);
  return json.Take();
}

std::string DatasetListBody(const std::vector<Dataset>& datasets, bool has_more) {
  JsonWriter json;
  json.BeginObject().Key("data").BeginArray();
  for (const Dataset& dataset : datasets) WriteDataset(json, dataset);
  EndList(json, has_more ? datasets.back().id : std::string());
  return json.Take();
}

std::string ModelBody(const RegisteredModel& model, const std::string& champion, bool with_folder) {
  JsonWriter json;
  WriteModel(json, model, champion, with_folder);
  return json.Take();
}

std::string ModelListBody(const std::vector<RegisteredModel>& models, const std::string& champion,
                          bool with_folder) {
  JsonWriter json;
  json.BeginObject().Key("data").BeginArray();
  for (const RegisteredModel& model : models) WriteModel(json, model, champion, with_folder);
  EndList(json, "");
  return json.Take();
}

}  // namespace vang::training
