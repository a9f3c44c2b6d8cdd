#include <map>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/common/schema.h"
#include "services/search/module.h"

namespace vang {
namespace {

const std::string kRecording = "8f14e45f-ceea-567f-a1ab-3f2b7c8d9e01";
const std::string kGone = "8f14e45f-ceea-567f-a1ab-3f2b7c8d9e02";
const std::string kVersion = "9a0364b9-e99b-580d-8d58-12dc1b9d0001";

// Gives the hits it was told to and keeps the query.
class FakeIndex : public SearchIndex {
 public:
  std::vector<SearchHit> hits;
  SearchQuery last;
  Status health;

  Result<std::vector<SearchHit>> Search(const Context&, const SearchQuery& query) override {
    last = query;
    return hits;
  }
  Status ReplaceRecording(const Context&, const std::string&, const std::string&,
                          const std::vector<Point>&) override {
    return {};
  }
  Status DeleteRecording(const Context&, const std::string&, const std::string&) override {
    return {};
  }
  Result<std::uint64_t> CountPoints(const Context&, const std::string&,
                                    const std::string&) override {
    return std::uint64_t{0};
  }
  Status Clear(const Context&) override { return {}; }
  Result<std::string> ContentHash(const Context&) override { return std::string(); }
  Status Ping(const Context&) override { return health; }
};

class FakeEmbedder : public Embedder {
 public:
  Result<std::vector<float>> Embed(const Context&, std::string_view) override {
    return std::vector<float>{1, 0};
  }
  int dimension() const override { return 2; }
  const std::string& model_id() const override { return id_; }

 private:
  const std::string id_ = "fake";
};

// Knows one recording of tenant "a".
class FakeMetadata : public Upstream {
 public:
  int asked = 0;
  Status failure;

  Result<http::Response> Send(const Context&, http::Request& request) override {
    ++asked;
    if (!failure.ok()) return failure;
    if (request.tenant != "a" || request.path != "/internal/v1/recordings/" + kRecording) {
      return http::Problem(NotFound("there is no such recording"));
    }
    return http::JsonResponse(200,
                              ReadFile(std::string(VANG_SOURCE_DIR) +
                                       "/libs/common/schemas/samples/recording-rows/valid/one.json")
                                  .value());
  }
};

class SearchTest : public testing::Test {
 protected:
  static SearchHit Hit(const std::string& recording) {
    SearchHit hit;
    hit.point.id = "p";
    hit.point.tenant = "a";
    hit.point.recording_id = recording;
    hit.point.version_id = kVersion;
    hit.point.segment = 2;
    hit.point.start = 1.5;
    hit.point.end = 4.25;
    hit.point.speaker = "S1";
    hit.point.created_at = 1'000;
    hit.point.text = "Chúng ta bán nhà.";
    hit.score = 1.0325;
    hit.rank_exact = 1;
    hit.rank_folded = 3;
    hit.highlights = {{11, 15}};
    return hit;
  }

  http::Response Get(const std::string& target) {
    http::Request request;
    request.method = "GET";
    EXPECT_THAT(http::ParseTarget(target, &request), IsOk());
    request.tenant = "a";
    request.scopes = scopes_;
    request.request_id = "id-1";
    return module_->router()->Handle(Context(), request);
  }

  void ExpectProblem(const std::string& target, int status, const std::string& detail) {
    const auto response = Get(target);
    EXPECT_EQ(response.status, status) << target << " " << response.body;
    EXPECT_THAT(response.body, testing::HasSubstr(detail)) << target;
    const auto body = ParseJson(response.body);
    VANG_ASSERT_OK(body);
    VANG_EXPECT_OK(CheckSchema("problem", *body));
  }

  std::vector<std::string> scopes_ = {"read"};
  FakeIndex index_;
  FakeEmbedder embedder_;
  FakeMetadata metadata_;
  Metrics metrics_;
  std::unique_ptr<Module> module_ = MakeSearch({&index_, &embedder_, &metadata_, &metrics_});
};

TEST_F(SearchTest, AnswersWithMomentsAndTheirTitles) {
  index_.hits = {Hit(kRecording)};
  const auto response = Get("/v1/search?q=b%C3%A1n");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = ParseJson(response.body);
  VANG_ASSERT_OK(body);
  VANG_ASSERT_OK(CheckSchema("search-results", *body));
  EXPECT_EQ(body->at("query").as_string(), "bán");
  const JsonValue& hit = body->at("data").at(0);
  EXPECT_EQ(hit.at("recording_id").as_string(), kRecording);
  EXPECT_EQ(hit.at("title").as_string(), "Họp giao ban");
  EXPECT_EQ(hit.at("start").as_double(), 1.5);
  EXPECT_EQ(hit.at("created_at").as_string(), "1970-01-01T00:00:01.000Z");
  EXPECT_EQ(hit.at("highlights").at(0).at("begin").as_int64(), 11);
  EXPECT_EQ(hit.at("ranks").at("folded").as_int64(), 3);
  EXPECT_TRUE(hit.at("ranks").at("meaning").is_null());
  EXPECT_EQ(index_.last.tenant, "a");
  EXPECT_EQ(index_.last.limit, 10);
  EXPECT_EQ(index_.last.vector.size(), 2u);
}

TEST_F(SearchTest, HandsTheFiltersOn) {
  ASSERT_EQ(Get("/v1/search?q=a&limit=7&speaker=S1&recording_id=" + kRecording +
                "&from=1970-01-01T00:00:01Z&to=1970-01-01T07:00:02%2B07:00")
                .status,
            200);
  EXPECT_EQ(index_.last.limit, 7);
  EXPECT_EQ(index_.last.speaker, "S1");
  EXPECT_EQ(index_.last.recording_id, kRecording);
  EXPECT_EQ(index_.last.from, 1'000);
  EXPECT_EQ(index_.last.to, 2'000);
}

TEST_F(SearchTest, AsksForEachTitleOnceAndDropsWhatIsGone) {
  index_.hits = {Hit(kGone), Hit(kRecording), Hit(kRecording), Hit(kGone)};
  const auto response = Get("/v1/search?q=a");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)->at("data").as_array().size(), 2u);
  EXPECT_EQ(metadata_.asked, 2);
}

TEST_F(SearchTest, FindingNothingIsAnEmptyList) {
  const auto response = Get("/v1/search?q=qwxz");
  ASSERT_EQ(response.status, 200);
  const auto body = ParseJson(response.body);
  VANG_EXPECT_OK(CheckSchema("search-results", *body));
  EXPECT_TRUE(body->at("data").as_array().empty());
}

TEST_F(SearchTest, RefusesWhatCannotBeAsked) {
  ExpectProblem("/v1/search", 400, "q is needed");
  ExpectProblem("/v1/search?q=%20%09", 400, "q is needed");
  std::string longest;
  for (int i = 0; i < 500; ++i) longest += "%C3%A1";
  EXPECT_EQ(Get("/v1/search?q=" + longest).status, 200);
  ExpectProblem("/v1/search?q=" + longest + "a", 400, "500");
  for (const char* limit : {"0", "101", "-1", "x", "", "1.5", "99999999999"}) {
    ExpectProblem("/v1/search?q=a&limit=" + std::string(limit), 400, "limit");
  }
  ExpectProblem("/v1/search?q=a&offset=1", 400, "offset");
  ExpectProblem("/v1/search?q=a&q=b", 400, "twice");
  ExpectProblem("/v1/search?q=a&recording_id=..", 400, "recording_id");
  ExpectProblem("/v1/search?q=a&speaker=", 400, "speaker");
  ExpectProblem("/v1/search?q=a&from=yesterday", 400, "from");
  ExpectProblem("/v1/search?q=a&to=1", 400, "to");
  ExpectProblem("/v1/search?q=a&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 400, "after");
  http::Request raw;
  raw.method = "GET";
  raw.path = "/v1/search";
  raw.query = {{"q", "\xFF"}};
  raw.scopes = {"read"};
  EXPECT_EQ(module_->router()->Handle(Context(), raw).status, 400);
}

TEST_F(SearchTest, NeedsTheScopeToRead) {
  scopes_ = {"write"};
  ExpectProblem("/v1/search?q=a", 403, "read");
}

TEST_F(SearchTest, SaysWhenMetadataCannotBeReached) {
  index_.hits = {Hit(kRecording)};
  metadata_.failure = Unavailable("metadata is not running");
  ExpectProblem("/v1/search?q=a", 503, "metadata is not running");
}

TEST_F(SearchTest, CountsQuerySecondsAndReportsAnIndexThatCannotBeReached) {
  Get("/v1/search?q=a");
  EXPECT_THAT(metrics_.Expose(), testing::HasSubstr("vang_search_query_seconds"));
  EXPECT_TRUE(module_->Check(Context())[0].ready);
  index_.health = Unavailable("no index");
  EXPECT_FALSE(module_->Check(Context())[0].ready);
}

}  // namespace
}  // namespace vang
