#include "services/search/search_results.h"

#include "libs/common/json.h"

namespace vang::search {
namespace {

void Rank(JsonWriter& json, std::string_view name, int rank) {
  json.Key(name);
  if (rank > 0) {
    json.Int(rank);
  } else {
    json.Null();
  }
}

}  // namespace

std::string SearchResultsBody(std::string_view question, const std::vector<SearchHit>& hits,
                              const std::map<std::string, std::string>& titles) {
  JsonWriter json;
  json.BeginObject().Field("query", question).Key("data").BeginArray();
  for (const SearchHit& hit : hits) {
    const Point& point = hit.point;
    const auto title = titles.find(point.recording_id);
    if (title == titles.end()) continue;
    json.BeginObject()
        .Field("recording_id", point.recording_id)
        .Field("title", title->second)
        .Field("version_id", point.version_id)
        .Field("segment", point.segment);
    json.Key("start").Number(point.start, 3).Key("end").Number(point.end, 3);
    json.Field("speaker", point.speaker)
        .Field("created_at", FormatTime(point.created_at))
        .Field("text", point.text)
        .Key("highlights")
        .BeginArray();
    for (const Highlight& highlight : hit.highlights) {
      json.BeginObject()
          .Field("begin", static_cast<std::int64_t>(highlight.begin))
          .Field("end", static_cast<std::int64_t>(highlight.end))
          .EndObject();
    }
    json.EndArray().Key("score").Number(hit.score, 6).Key("ranks").BeginObject();
    Rank(json, "exact", hit.rank_exact);
    Rank(json, "folded", hit.rank_folded);
    Rank(json, "meaning", hit.rank_meaning);
    json.EndObject().EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

}  // namespace vang::search
