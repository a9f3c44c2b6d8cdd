#include "libs/ports/search_messages.h"

namespace vang {
namespace {

void WriteVector(const std::vector<float>& vector, JsonWriter* json) {
  json->Key("vector").BeginArray();
  for (const float value : vector) json->Number(value);
  json->EndArray();
}

std::vector<float> ReadVector(JsonReader* reader) {
  std::vector<float> vector;
  for (const JsonValue& value : reader->Array("vector")) {
    if (!value.is_number()) {
      reader->Fail("vector", "holds something else than numbers");
      break;
    }
    vector.push_back(static_cast<float>(value.to_number<double>()));
  }
  return vector;
}

}  // namespace

void WritePoint(const Point& point, JsonWriter* json) {
  json->BeginObject()
      .Field("id", point.id)
      .Field("tenant", point.tenant)
      .Field("recording_id", point.recording_id)
      .Field("version_id", point.version_id)
      .Field("segment", point.segment);
  json->Key("start").Number(point.start).Key("end").Number(point.end);
  json->Field("speaker", point.speaker)
      .Field("created_at", point.created_at)
      .Field("text", point.text);
  WriteVector(point.vector, json);
  json->EndObject();
}

Result<Point> ReadPoint(const JsonValue& value) {
  JsonReader reader(value);
  Point point;
  point.id = reader.String("id");
  point.tenant = reader.String("tenant");
  point.recording_id = reader.String("recording_id");
  point.version_id = reader.String("version_id");
  point.segment = reader.Int("segment");
  point.start = reader.Number("start");
  point.end = reader.Number("end");
  point.speaker = reader.String("speaker");
  point.created_at = reader.Int("created_at");
  point.text = reader.String("text");
  point.vector = ReadVector(&reader);
  VANG_RETURN_IF_ERROR(reader.FinishStrict());
  return point;
}

std::string WriteSearchQuery(const SearchQuery& query) {
  JsonWriter json;
  json.BeginObject()
      .Field("tenant", query.tenant)
      .Field("text", query.text)
      .Field("limit", query.limit)
      .Field("recording_id", query.recording_id)
      .Field("speaker", query.speaker);
  if (query.from) json.Field("from", *query.from);
  if (query.to) json.Field("to", *query.to);
  WriteVector(query.vector, &json);
  json.EndObject();
  return json.Take();
}

Result<SearchQuery> ReadSearchQuery(const JsonValue& value) {
  JsonReader reader(value);
  SearchQuery query;
  query.tenant = reader.String("tenant");
  query.text = reader.String("text");
  query.limit = static_cast<int>(reader.Int("limit"));
  query.recording_id = reader.String("recording_id");
  query.speaker = reader.String("speaker");
  query.from = reader.OptionalInt("from");
  query.to = reader.OptionalInt("to");
  query.vector = ReadVector(&reader);
  VANG_RETURN_IF_ERROR(reader.FinishStrict());
  return query;
}

std::string WriteSearchHits(const std::vector<SearchHit>& hits) {
  JsonWriter json;
  json.BeginObject().Key("hits").BeginArray();
  for (const SearchHit& hit : hits) {
    json.BeginObject().Key("point");
    WritePoint(hit.point, &json);
    json.Key("score").Number(hit.score);
    json.Field("rank_exact", hit.rank_exact)
        .Field("rank_folded", hit.rank_folded)
        .Field("rank_meaning", hit.rank_meaning);
    json.Key("highlights").BeginArray();
    for (const Highlight& highlight : hit.highlights) {
      json.BeginArray().Int(highlight.begin).Int(highlight.end).EndArray();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

Result<std::vector<SearchHit>> ReadSearchHits(const JsonValue& value) {
  JsonReader root(value);
  std::vector<SearchHit> hits;
  for (const JsonValue& item : root.Array("hits")) {
    JsonReader reader(item, "/hits/" + std::to_string(hits.size()));
    SearchHit hit;
    const JsonObject& point = reader.Object("point");
    VANG_RETURN_IF_ERROR(reader.status());
    VANG_ASSIGN_OR_RETURN(hit.point, ReadPoint(JsonValue(point)));
    hit.score = reader.Number("score");
    hit.rank_exact = static_cast<int>(reader.Int("rank_exact"));
    hit.rank_folded = static_cast<int>(reader.Int("rank_folded"));
    hit.rank_meaning = static_cast<int>(reader.Int("rank_meaning"));
    for (const JsonValue& range : reader.Array("highlights")) {
      const JsonArray* pair = range.if_array();
      if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_int64() ||
          !(*pair)[1].is_int64()) {
        reader.Fail("highlights", "holds something else than pairs of numbers");
        break;
      }
      hit.highlights.push_back({static_cast<std::uint32_t>((*pair)[0].get_int64()),
                                static_cast<std::uint32_t>((*pair)[1].get_int64())});
    }
    VANG_RETURN_IF_ERROR(reader.FinishStrict());
    hits.push_back(std::move(hit));
  }
  VANG_RETURN_IF_ERROR(root.FinishStrict());
  return hits;
}

}  // namespace vang
