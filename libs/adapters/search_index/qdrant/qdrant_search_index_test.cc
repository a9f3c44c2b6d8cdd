// What a server that is away, too old, locked or odd leads to. What a sound one says is in
// server_test.cc.
#include "libs/adapters/search_index/qdrant/qdrant_search_index.h"

#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "libs/base/manual_clock.h"
#include "libs/base/status_matchers.h"
#include "libs/net/http_server.h"

namespace vang {
namespace {

using testing::HasSubstr;

// Answers as a Qdrant that has a collection of four components, but for what a test sets.
class Odd {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    int times = 1'000'000;  // after which the usual comes again
  };

  Odd() {
    server_ = net::HttpServer::Start(
                  {},
                  [this](const Context& context, http::Request& request) {
                    return Handle(context, request);
                  },
                  nullptr)
                  .value();
  }
  ~Odd() { server_->Stop(Duration(0)); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  // `call`: "POST /collections/vang/points/count".
  void Set(const std::string& call, Answer answer) {
    std::lock_guard<std::mutex> lock(mutex_);
    answers_[call] = std::move(answer);
  }
  int Asked(const std::string& call) {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_[call];
  }
  std::string key() {
    std::lock_guard<std::mutex> lock(mutex_);
    return key_;
  }

  static Answer Result(const std::string& result) {
    return {.status = 200, .body = R"({"status":"ok","time":0,"result":)" + result + "}"};
  }
  static Answer Error(int status, const std::string& error, int times = 1'000'000) {
    return {status, R"({"status":{"error":")" + error + R"("},"time":0})", times};
  }

 private:
  http::Response Handle(const Context& context, http::Request& request) {
    [[maybe_unused]] const auto body = request.ReadBody(context, std::size_t{64} << 20);
    const std::string call = request.method + " " + request.path;
    std::lock_guard<std::mutex> lock(mutex_);
    ++asked_[call];
    key_ = request.headers.Get("api-key");
    const auto set = answers_.find(call);
    if (set != answers_.end() && set->second.times-- > 0) {
      return http::JsonResponse(set->second.status, set->second.body);
    }
    const Answer usual = Usual(call);
    return http::JsonResponse(usual.status, usual.body);
  }

  static Answer Usual(const std::string& call) {
    if (call == "GET /") return {.body = R"({"title":"qdrant","version":"1.16.3"})"};
    if (call == "GET /collections/vang") {
      return Result(R"({"status":"green","config":{"params":{"vectors":{"meaning":{"size":4}},)"
                    R"("sparse_vectors":{"exact":{},"folded":{}}}}})");
    }
    if (call == "POST /collections/vang/facet") return Result(R"({"hits":[]})");
    if (call == "POST /collections/vang/points/count") return Result(R"({"count":0})");
    if (call == "POST /collections/vang/points/query/batch") return Result(R"([{"points":[]}])");
    return Result("true");
  }

  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, int> asked_;
  std::string key_;
  std::unique_ptr<net::HttpServer> server_;
};

class QdrantSearchIndexTest : public testing::Test {
 protected:
  std::unique_ptr<SearchIndex> Open(const std::string& key = "") {
    auto index = OpenQdrantSearchIndex(
        {.url = server_.url(), .api_key = key, .dimension = 4, .clock = &clock_});
    EXPECT_THAT(index, IsOk());
    return std::move(index).value();
  }
  static SearchQuery Question() {
    SearchQuery query;
    query.tenant = "a";
    query.text = "chào";
    return query;
  }
  static Point Moment() {
    Point point;
    point.id = "p";
    point.tenant = "a";
    point.recording_id = "r";
    point.text = "xin chào";
    return point;
  }
  static std::string Stored(const std::string& generation) {
    return R"({"id":"x-)" + generation + R"(","version":1,"score":1,"payload":{"tenant":"a",)" +
           R"("recording_id":"r","generation":")" + generation +
           R"(","id":"p","version_id":"v","segment":0,"start":0,"end":1.5,"speaker":"",)" +
           R"("created_at":1,"text":"xin chào )" + generation + R"("}})";
  }
  static std::string HeadOf(const std::string& generation, TimeMs changed_at) {
    return R"([{"id":"h","payload":{"tenant":"a","recording_id":"r","current":")" + generation +
           R"(","changed_at":)" + std::to_string(changed_at) + "}}]";
  }

  static constexpr char kQuery[] = "POST /collections/vang/points/query/batch";
  static constexpr char kHeads[] = "POST /collections/vang/points";

  Odd server_;
  ManualClock clock_;
};

TEST_F(QdrantSearchIndexTest, ABadConfigurationIsRefused) {
  const auto refused = [](QdrantSearchIndexConfig config) {
    EXPECT_THAT(OpenQdrantSearchIndex(config), HasCode(Code::kInvalidArgument));
  };
  refused({.url = "http://127.0.0.1:1", .dimension = 0});
  refused({.url = "127.0.0.1:1", .dimension = 4});
  refused({.url = "", .dimension = 4});
  refused({.url = "http://127.0.0.1:1", .collection = "a/b", .dimension = 4});
  refused({.url = "http://127.0.0.1:1", .collection = "", .dimension = 4});
}

TEST_F(QdrantSearchIndexTest, OpensWithoutAServerAndSaysThatThereIsNone) {
  const auto index = OpenQdrantSearchIndex({.url = "http://127.0.0.1:1", .dimension = 4});
  VANG_ASSERT_OK(index);
  EXPECT_THAT((*index)->Ping({}), HasCode(Code::kUnavailable));
  EXPECT_THAT((*index)->Search({}, Question()), HasCode(Code::kUnavailable));
  EXPECT_EQ((*index)->Facts(), "");
}

TEST_F(QdrantSearchIndexTest, SaysWhatItStandsOn) {
  const auto index = Open("s3cret");
  VANG_EXPECT_OK(index->Ping({}));
  EXPECT_EQ(index->Facts(), "Qdrant 1.16.3, collection vang");
  EXPECT_EQ(server_.key(), "s3cret");
}

TEST_F(QdrantSearchIndexTest, AnOldServerAndWhatIsNoneAreRefused) {
  server_.Set("GET /", {.body = R"({"title":"qdrant","version":"1.12.6"})"});
  const auto index = Open();
  EXPECT_THAT(index->Ping({}), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT(index->Ping({}).message(), HasSubstr("1.12.6 is too old"));
  EXPECT_THAT(index->Rebuild({}, [](SearchIndex&) { return Status(); }),
              HasCode(Code::kFailedPrecondition));
  server_.Set("GET /", {.body = R"({"name":"another"})"});
  EXPECT_THAT(index->Ping({}), HasCode(Code::kFailedPrecondition));
  server_.Set("GET /", {.body = "<html>"});
  EXPECT_THAT(index->Ping({}), HasCode(Code::kDataLoss));
  server_.Set("GET /", {.body = R"({"version":"2.0.0"})"});
  VANG_EXPECT_OK(index->Ping({}));
}

TEST_F(QdrantSearchIndexTest, AWrongKeyIsNamed) {
  server_.Set("GET /", Odd::Error(401, "Must provide an API key"));
  EXPECT_THAT(Open()->Ping({}), HasCode(Code::kUnauthenticated));
  EXPECT_THAT(Open()->Ping({}).message(), HasSubstr("check the API key"));
  server_.Set("GET /", Odd::Error(403, "Forbidden"));
  EXPECT_THAT(Open()->Ping({}), HasCode(Code::kPermissionDenied));
}

TEST_F(QdrantSearchIndexTest, ACollectionOfOthersIsLeftAlone) {
  server_.Set("GET /collections/vang",
              Odd::Result(R"({"status":"green","config":{"params":{"vectors":{"size":4}}}})"));
  EXPECT_THAT(Open()->Ping({}), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT(Open()->ReplaceRecording({}, "a", "r", {Moment()}),
              HasCode(Code::kFailedPrecondition));
  EXPECT_EQ(server_.Asked("PUT /collections/vang/points"), 0);
}

TEST_F(QdrantSearchIndexTest, ADamagedCollectionIsSaid) {
  const auto index = Open();
  VANG_EXPECT_OK(index->Ping({}));
  server_.Set("GET /collections/vang", Odd::Result(R"({"status":"red"})"));
  EXPECT_THAT(index->Ping({}), HasCode(Code::kUnavailable));
}

TEST_F(QdrantSearchIndexTest, WhatPassesIsTriedAgainAndWhatDoesNotIsNot) {
  const auto index = Open();
  VANG_EXPECT_OK(index->Ping({}));
  server_.Set(kQuery, Odd::Error(503, "starting", 2));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kQuery), 3);
  server_.Set(kQuery, Odd::Error(500, "out of luck"));
  EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kUnavailable));
  EXPECT_EQ(server_.Asked(kQuery), 6);
  server_.Set(kQuery, Odd::Error(400, "Wrong input"));
  EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kInternal));
  EXPECT_EQ(server_.Asked(kQuery), 7);
  server_.Set(kQuery, Odd::Error(507, "disk"));
  EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kResourceExhausted));
}

TEST_F(QdrantSearchIndexTest, NonsenseIsNoAnswer) {
  const auto index = Open();
  for (const char* result : {"1", "[1]", "{}", R"([{"points":[{"id":1}]}])",
                             R"([{"points":[{"id":"x","payload":{"tenant":"a"}}]}])"}) {
    server_.Set(kQuery, Odd::Result(result));
    EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kDataLoss)) << result;
  }
  server_.Set(kQuery, {.body = "{"});
  EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kDataLoss));
  server_.Set(kQuery, Odd::Result("[{\"points\":[" + Stored("g") + "]}]"));
  for (const char* result : {"1", "[{}]", R"([{"id":"h","payload":{"tenant":"a"}}])"}) {
    server_.Set(kHeads, Odd::Result(result));
    EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kDataLoss)) << result;
  }
  server_.Set("POST /collections/vang/facet", Odd::Result(R"({"hits":[{"value":"x"}]})"));
  EXPECT_THAT(Open()->Search({}, Question()), HasCode(Code::kDataLoss));
  EXPECT_THAT(Open()->ReplaceRecording({}, "a", "r", {Moment()}), HasCode(Code::kDataLoss));
}

TEST_F(QdrantSearchIndexTest, OnlyWhatItsHeadNamesIsFound) {
  const auto index = Open();
  server_.Set(kQuery, Odd::Result("[{\"points\":[" + Stored("g1") + "," + Stored("g2") + "]}]"));
  server_.Set(kHeads, Odd::Result(HeadOf("g2", 1)));
  auto hits = index->Search({}, Question());
  VANG_ASSERT_OK(hits);
  ASSERT_EQ(hits->size(), 1u);
  EXPECT_EQ((*hits)[0].point.text, "xin chào g2");
  server_.Set(kHeads, Odd::Result("[]"));
  hits = index->Search({}, Question());
  VANG_ASSERT_OK(hits);
  EXPECT_TRUE(hits->empty());
}

// The head is younger than the question may be: the first answer may be half of a change.
TEST_F(QdrantSearchIndexTest, AQuestionUnderWhichARecordingChangesIsAskedAgain) {
  const auto index = Open();
  server_.Set(kQuery, Odd::Result("[{\"points\":[" + Stored("g1") + "]}]"));
  server_.Set(kHeads, Odd::Result(HeadOf("g1", clock_.Now() - 120'000)));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kQuery), 1);
  server_.Set(kHeads, Odd::Result(HeadOf("g1", clock_.Now())));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kQuery), 3);
}

TEST_F(QdrantSearchIndexTest, WordsAreCountedAgainAfterAWriteAndAfterAWhile) {
  constexpr char kCount[] = "POST /collections/vang/points/count";
  const auto index = Open();
  VANG_EXPECT_OK(index->Search({}, Question()));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kCount), 2);  // with accents, and without
  VANG_EXPECT_OK(index->DeleteRecording({}, "a", "r"));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kCount), 4);
  VANG_EXPECT_OK(index->DeleteRecording({}, "b", "r"));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kCount), 4);
  clock_.Advance(Duration(30'000));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kCount), 6);
}

// A rebuild elsewhere dropped the collection between two requests.
TEST_F(QdrantSearchIndexTest, ACollectionThatIsGoneIsLookedUpAgain) {
  const auto index = Open();
  VANG_EXPECT_OK(index->Ping({}));
  server_.Set(kQuery, Odd::Error(404, "Collection `vang-1` doesn't exist!", 1));
  VANG_EXPECT_OK(index->Search({}, Question()));
  EXPECT_EQ(server_.Asked(kQuery), 2);
  server_.Set(kQuery, Odd::Error(404, "Collection `vang-1` doesn't exist!"));
  EXPECT_THAT(index->Search({}, Question()), HasCode(Code::kNotFound));
}

TEST_F(QdrantSearchIndexTest, AFailedRebuildTakesItsCollectionAlong) {
  server_.Set("GET /aliases",
              Odd::Result(R"({"aliases":[{"alias_name":"vang","collection_name":"vang-3"}]})"));
  EXPECT_THAT(Open()->Rebuild({}, [](SearchIndex&) { return Aborted("enough"); }),
              HasCode(Code::kAborted));
  EXPECT_EQ(server_.Asked("PUT /collections/vang-4"), 1);
  EXPECT_EQ(server_.Asked("DELETE /collections/vang-4"), 2);  // before, and after
  EXPECT_EQ(server_.Asked("DELETE /collections/vang-3"), 0);
  EXPECT_EQ(server_.Asked("POST /collections/aliases"), 0);
}

TEST_F(QdrantSearchIndexTest, ADeadlineAndAStopAreKept) {
  const auto index = Open();
  server_.Set("GET /", Odd::Error(503, "starting"));
  EXPECT_FALSE(index->Ping(Context().WithTimeout(Duration(50))).ok());
  EXPECT_LT(server_.Asked("GET /"), 3);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(index->Ping(Context().WithStop(stop.get_token())), HasCode(Code::kCancelled));
}

}  // namespace
}  // namespace vang
