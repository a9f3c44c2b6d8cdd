#include "libs/adapters/search_index/remote/remote_search_index.h"

#include "libs/base/utf8.h"
#include "libs/common/http.h"
#include "libs/ports/search_messages.h"

namespace vang {
namespace {

constexpr Duration kTimeout{30'000};
constexpr std::size_t kLimit = std::size_t{64} << 20;

class RemoteSearchIndex : public SearchIndex {
 public:
  explicit RemoteSearchIndex(Upstream* holder) : holder_(holder) {}

  Status ReplaceRecording(const Context& context, const std::string& tenant,
                          const std::string& recording_id,
                          const std::vector<Point>& points) override {
    JsonWriter json;
    json.BeginObject().Field("tenant", tenant).Field("recording_id", recording_id);
    json.Key("points").BeginArray();
    for (const Point& point : points) {
      // On the way it would become something else, and then be accepted.
      if (!IsValidUtf8(point.text)) return InvalidArgument("a point's text is not UTF-8");
      WritePoint(point, &json);
    }
    json.EndArray().EndObject();
    return Call(context, "replace", json.Take()).status();
  }

  Status DeleteRecording(const Context& context, const std::string& tenant,
                         const std::string& recording_id) override {
    return Call(context, "delete", OfRecording(tenant, recording_id)).status();
  }

  Result<std::vector<SearchHit>> Search(const Context& context, const SearchQuery& query) override {
    VANG_ASSIGN_OR_RETURN(const JsonValue answer, Call(context, "search", WriteSearchQuery(query)));
    auto hits = ReadSearchHits(answer);
    if (!hits.ok()) return DataLoss("the index answered: " + hits.status().message());
    return hits;
  }

  Result<std::uint64_t> CountPoints(const Context& context, const std::string& tenant,
                                    const std::string& recording_id) override {
    VANG_ASSIGN_OR_RETURN(const JsonValue answer,
                          Call(context, "count", OfRecording(tenant, recording_id)));
    JsonReader reader(answer);
    const std::int64_t points = reader.Int("points");
    VANG_RETURN_IF_ERROR(reader.status());
    return static_cast<std::uint64_t>(points);
  }

  Status Clear(const Context& context) override { return Call(context, "clear", "{}").status(); }

  Result<std::string> ContentHash(const Context& context) override {
    VANG_ASSIGN_OR_RETURN(const JsonValue answer, Call(context, "hash", "{}"));
    JsonReader reader(answer);
    std::string hash = reader.String("sha256");
    VANG_RETURN_IF_ERROR(reader.status());
    return hash;
  }

  Status Ping(const Context& context) override { return Call(context, "ping", "{}").status(); }

 private:
  static std::string OfRecording(const std::string& tenant, const std::string& recording_id) {
    JsonWriter json;
    json.BeginObject().Field("tenant", tenant).Field("recording_id", recording_id).EndObject();
    return json.Take();
  }

  Result<JsonValue> Call(const Context& context, const std::string& operation, std::string body) {
    http::Request request;
    request.method = "PUT";  // all of them may be repeated
    request.path = "/internal/v1/index/" + operation;
    request.headers.Set("Content-Type", "application/json");
    request.content_length = body.size();
    request.body = http::StringBody(std::move(body));
    VANG_ASSIGN_OR_RETURN(const http::Response response,
                          holder_->Send(context.WithTimeout(kTimeout), request));
    VANG_RETURN_IF_ERROR(http::StatusOfResponse(response));
    auto answer = ParseJson(response.body, kLimit);
    if (!answer.ok()) return DataLoss("the index answered: " + answer.status().message());
    return answer;
  }

  Upstream* const holder_;
};

}  // namespace

std::unique_ptr<SearchIndex> MakeRemoteSearchIndex(Upstream* holder) {
  return std::make_unique<RemoteSearchIndex>(holder);
}

}  // namespace vang
