#include "services/embeddings/index_routes.h"

#include <functional>
#include <string>

#include "libs/ports/search_messages.h"

namespace vang::embeddings {
namespace {

// The points of a long recording, with their vectors.
constexpr std::size_t kLimit = std::size_t{256} << 20;

struct OfRecording {
  std::string tenant;
  std::string recording_id;
};

OfRecording ReadOfRecording(JsonReader* reader) {
  return {reader->String("tenant"), reader->String("recording_id")};
}

std::string Member(std::string_view key, std::int64_t value) {
  JsonWriter json;
  json.BeginObject().Field(key, value).EndObject();
  return json.Take();
}

using Operation = std::function<Result<std::string>(const Context&, const JsonValue&)>;

void Add(const std::string& name, Operation operation, http::Router* router) {
  router->Add("PUT", "/internal/v1/index/" + name,
              [operation = std::move(operation)](const Context& context, http::Request& request) {
                const auto run = [&]() -> Result<std::string> {
                  VANG_ASSIGN_OR_RETURN(const JsonValue body, request.ReadJson(context, kLimit));
                  return operation(context, body);
                };
                auto answer = run();
                return answer.ok() ? http::JsonResponse(200, *std::move(answer))
                                   : http::Problem(answer.status(), request.request_id);
              });
}

Result<std::string> Replace(SearchIndex* index, const Context& context, const JsonValue& body) {
  JsonReader reader(body);
  const OfRecording of = ReadOfRecording(&reader);
  std::vector<Point> points;
  for (const JsonValue& item : reader.Array("points")) {
    VANG_ASSIGN_OR_RETURN(Point point, ReadPoint(item));
    points.push_back(std::move(point));
  }
  VANG_RETURN_IF_ERROR(reader.FinishStrict());
  VANG_RETURN_IF_ERROR(index->ReplaceRecording(context, of.tenant, of.recording_id, points));
  return std::string("{}");
}

}  // namespace

void AddIndexRoutes(SearchIndex* index, http::Router* router) {
  Add(
      "replace",
      [index](const Context& context, const JsonValue& body) {
        return Replace(index, context, body);
      },
      router);
  Add(
      "delete",
      [index](const Context& context, const JsonValue& body) -> Result<std::string> {
        JsonReader reader(body);
        const OfRecording of = ReadOfRecording(&reader);
        VANG_RETURN_IF_ERROR(reader.FinishStrict());
        VANG_RETURN_IF_ERROR(index->DeleteRecording(context, of.tenant, of.recording_id));
        return std::string("{}");
      },
      router);
  Add(
      "search",
      [index](const Context& context, const JsonValue& body) -> Result<std::string> {
        VANG_ASSIGN_OR_RETURN(const SearchQuery query, ReadSearchQuery(body));
        VANG_ASSIGN_OR_RETURN(const auto hits, index->Search(context, query));
        return WriteSearchHits(hits);
      },
      router);
  Add(
      "count",
      [index](const Context& context, const JsonValue& body) -> Result<std::string> {
        JsonReader reader(body);
        const OfRecording of = ReadOfRecording(&reader);
        VANG_RETURN_IF_ERROR(reader.FinishStrict());
        VANG_ASSIGN_OR_RETURN(const std::uint64_t points,
                              index->CountPoints(context, of.tenant, of.recording_id));
        return Member("points", static_cast<std::int64_t>(points));
      },
      router);
  Add(
      "clear",
      [index](const Context& context, const JsonValue&) -> Result<std::string> {
        VANG_RETURN_IF_ERROR(index->Clear(context));
        return std::string("{}");
      },
      router);
  Add(
      "hash",
      [index](const Context& context, const JsonValue&) -> Result<std::string> {
        VANG_ASSIGN_OR_RETURN(const std::string hash, index->ContentHash(context));
        JsonWriter json;
        json.BeginObject().Field("sha256", hash).EndObject();
        return json.Take();
      },
      router);
  Add(
      "ping",
      [index](const Context& context, const JsonValue&) -> Result<std::string> {
        VANG_RETURN_IF_ERROR(index->Ping(context));
        return std::string("{}");
      },
      router);
}

}  // namespace vang::embeddings
