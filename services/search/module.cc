#include "services/search/module.h"

#include <chrono>
#include <map>

#include "libs/common/schema.h"
#include "services/search/search_request.h"
#include "services/search/search_results.h"

namespace vang {
namespace {

constexpr Duration kTimeout{10'000};
constexpr char kSeconds[] = "vang_search_query_seconds";

class SearchModule : public Module {
 public:
  explicit SearchModule(const SearchPorts& ports) : ports_(ports) {
    if (ports_.metrics != nullptr) {
      ports_.metrics->Describe(kSeconds, "Time from a question to its answer, by outcome");
    }
    router_.Add("GET", "/v1/search", [this](const Context& context, http::Request& request) {
      return Timed(context, request);
    });
  }

  const std::string& name() const override { return name_; }
  Status Start(const Context&) override { return {}; }
  void Stop(Duration) override {}
  const http::Router* router() const override { return &router_; }

  std::vector<Health> Check(const Context& context) override {
    const Status status = ports_.index->Ping(context);
    return {{name_, status.ok(), status.ok() ? ports_.index->Facts() : status.message()}};
  }

 private:
  http::Response Timed(const Context& context, http::Request& request) {
    const auto began = std::chrono::steady_clock::now();
    auto response = Answer(context, request);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    if (ports_.metrics != nullptr) {
      ports_.metrics->Observe(kSeconds, taken.count(),
                              {{"outcome", response.ok() ? "ok" : "failed"}});
    }
    return response.ok() ? std::move(*response)
                         : http::Problem(response.status(), request.request_id);
  }

  Result<http::Response> Answer(const Context& context, http::Request& request) {
    VANG_ASSIGN_OR_RETURN(SearchQuery query, search::ReadSearchRequest(request));
    VANG_ASSIGN_OR_RETURN(query.vector, ports_.embedder->Embed(context, query.text));
    VANG_ASSIGN_OR_RETURN(const auto hits, ports_.index->Search(context, query));
    std::map<std::string, std::string> titles;
    std::map<std::string, bool> asked;
    for (const SearchHit& hit : hits) {
      const std::string& id = hit.point.recording_id;
      if (!asked.try_emplace(id, true).second) continue;
      VANG_ASSIGN_OR_RETURN(const auto title, Title(context, query.tenant, id));
      if (title) titles.emplace(id, *title);
    }
    return http::JsonResponse(200, search::SearchResultsBody(query.text, hits, titles));
  }

  // Nothing when the recording is gone: its points are about to go too.
  Result<std::optional<std::string>> Title(const Context& context, const std::string& tenant,
                                           const std::string& recording_id) {
    const std::string what = "looking up the title of recording " + recording_id;
    http::Request request;
    request.method = "GET";
    request.path = "/internal/v1/recordings/" + recording_id;
    request.tenant = tenant;
    auto response = ports_.metadata->Send(context.WithTimeout(kTimeout), request);
    if (!response.ok()) return response.status().Wrap(what);
    if (response->status == 404) return std::optional<std::string>();
    if (Status status = http::StatusOfResponse(*response); !status.ok()) return status.Wrap(what);
    VANG_ASSIGN_OR_RETURN(const JsonValue rows, ParseJson(response->body));
    if (Status status = CheckSchema("recording-rows", rows); !status.ok()) {
      return DataLoss(what + ": " + status.message());
    }
    JsonReader recording(rows.at("recording"));
    return std::optional<std::string>(recording.String("title"));
  }

  const std::string name_ = "search";
  const SearchPorts ports_;
  http::Router router_;
};

}  // namespace

std::unique_ptr<Module> MakeSearch(const SearchPorts& ports) {
  return std::make_unique<SearchModule>(ports);
}

}  // namespace vang
