// The contract, twice: on what a real server once said; and on a real server, when
// VANG_TEST_QDRANT_URL names one. With VANG_RECORD_QDRANT set as well, what it says to the contract
// becomes the recorded conversation.
#include <cstdlib>
#include <random>

#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/adapters/search_index/qdrant/qdrant_search_index.h"
#include "libs/base/manual_clock.h"
#include "libs/base/sha256.h"
#include "libs/net/http_client.h"
#include "tests/contract/search_index_contract.h"
#include "tests/support/forwarding_search_index.h"
#include "tests/support/recorded_server.h"

namespace vang {
namespace {

std::string ServerUrl() {
  const char* url = std::getenv("VANG_TEST_QDRANT_URL");
  return url == nullptr ? "" : url;
}
bool Records() { return std::getenv("VANG_RECORD_QDRANT") != nullptr; }

std::string TestName() {
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  return name.substr(0, name.find('/'));
}
// Of the test under way, not of the process: a conversation is about the same names each time.
std::string CollectionName() { return "vang-test-" + Sha256Hex(TestName()).substr(0, 8); }

// Removes what an earlier run left of a collection.
Status Drop(const std::string& url, const std::string& collection) {
  VANG_ASSIGN_OR_RETURN(const auto client, net::HttpClient::Create(url));
  for (int number = 1; number <= 3; ++number) {
    http::Request request;
    request.method = "DELETE";
    request.path = "/collections/" + collection + "-" + std::to_string(number);
    VANG_RETURN_IF_ERROR(client->Send(Context().WithTimeout(Duration(30'000)), request).status());
  }
  return {};
}

QdrantSearchIndexConfig Config(const std::string& url, int dimension) {
  QdrantSearchIndexConfig config;
  config.url = url;
  config.collection = CollectionName();
  config.dimension = dimension;
  return config;
}

// The first index that a test opens begins with nothing.
std::filesystem::path& LastFolder() {
  static std::filesystem::path folder;
  return folder;
}

Result<std::unique_ptr<SearchIndex>> OpenOnServer(const std::filesystem::path& folder,
                                                  int dimension) {
  if (ServerUrl().empty()) return Status(Code::kUnimplemented, "VANG_TEST_QDRANT_URL is not set");
  if (LastFolder() != folder) VANG_RETURN_IF_ERROR(Drop(ServerUrl(), CollectionName()));
  LastFolder() = folder;
  return OpenQdrantSearchIndex(Config(ServerUrl(), dimension));
}

// Of the test under way; null when it has none.
std::unique_ptr<RecordedServer>& Conversation() {
  static std::unique_ptr<RecordedServer> server;
  return server;
}

// A conversation ends with its test, which fails when some of it was never said.
class ConversationEnd : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo&) override { Conversation().reset(); }
};
[[maybe_unused]] const bool kConversationsEnd = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new ConversationEnd);
  return true;
}();

// What several threads say has no order.
constexpr char kThreads[] = "ChangesAreWholeToThoseWhoSearchMeanwhile";

Result<std::unique_ptr<SearchIndex>> OpenOnRecord(const std::filesystem::path&, int dimension) {
  static ManualClock clock;
  if (TestName() == kThreads) {
    return Status(Code::kUnimplemented, "a conversation of several threads cannot be recorded");
  }
  std::unique_ptr<RecordedServer>& server = Conversation();
  if (server == nullptr) {
    const std::string file = std::string(VANG_SOURCE_DIR) +
                             "/libs/adapters/search_index/qdrant/conversations/" + TestName() +
                             ".jsonl";
    if (Records()) {
      VANG_RETURN_IF_ERROR(Drop(ServerUrl(), CollectionName()));
      VANG_ASSIGN_OR_RETURN(server, RecordedServer::Record(ServerUrl(), file));
    } else {
      VANG_ASSIGN_OR_RETURN(server, RecordedServer::Play(file));
    }
  }
  QdrantSearchIndexConfig config = Config(server->url(), dimension);
  config.clock = &clock;
  return OpenQdrantSearchIndex(config);
}

INSTANTIATE_TEST_SUITE_P(Qdrant, SearchIndexContract, testing::Values(&OpenOnServer));
INSTANTIATE_TEST_SUITE_P(QdrantRecorded, SearchIndexContract, testing::Values(&OpenOnRecord));

class QdrantServer : public testing::Test {
 protected:
  void SetUp() override {
    if (ServerUrl().empty()) GTEST_SKIP() << "VANG_TEST_QDRANT_URL is not set";
    VANG_ASSERT_OK(Drop(ServerUrl(), CollectionName()));
    auto index = OpenQdrantSearchIndex(Config(ServerUrl(), 4));
    VANG_ASSERT_OK(index);
    index_ = std::move(*index);
  }

  static Point At(const std::string& recording, int segment, const std::string& text,
                  std::vector<float> vector = {}) {
    Point point;
    point.id = recording + "-" + std::to_string(segment);
    point.tenant = "a";
    point.recording_id = recording;
    point.version_id = "v1";
    point.segment = segment;
    point.created_at = 1'000;
    point.text = text;
    point.vector = std::move(vector);
    return point;
  }
  static std::vector<std::string> Ids(SearchIndex& index, const std::string& text) {
    SearchQuery query;
    query.tenant = "a";
    query.text = text;
    std::vector<std::string> ids;
    const auto hits = index.Search(Context(), query);
    EXPECT_THAT(hits, IsOk());
    if (!hits.ok()) return ids;
    for (const SearchHit& hit : *hits) ids.push_back(hit.point.id);
    return ids;
  }

  using Strings = std::vector<std::string>;
  std::unique_ptr<SearchIndex> index_;
};

// Both shapes are given the same changes and asked the same questions.
TEST_F(QdrantServer, RanksAsTheEmbeddedIndexDoesToTheLastBit) {
  const std::vector<std::string> words = {"bán",   "bạn", "ban", "nhà", "nha",   "đường",
                                          "duong", "hoà", "hoa", "3.5", "2.500", "giá"};
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto up_to = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  const auto sentence = [&](unsigned longest) {
    std::string text;
    for (unsigned n = 1 + up_to(longest); n > 0; --n) text += words[up_to(12)] + " ";
    return text;
  };
  const auto vector = [&] {
    std::vector<float> components(4);
    for (float& component : components) component = static_cast<float>(up_to(2'001)) / 1'000 - 1;
    return components;
  };
  TempFolder folder;
  const auto embedded = OpenEmbeddedSearchIndex({(folder.path() / "index.db").string(), 4});
  VANG_ASSERT_OK(embedded);
  int hits_seen = 0;
  for (int round = 0; round < 60; ++round) {
    const std::string recording = "r" + std::to_string(up_to(8));
    std::vector<Point> points;
    for (unsigned i = up_to(12); i > 0; --i) {
      points.push_back(At(recording, static_cast<int>(i), sentence(9),
                          up_to(4) ? vector() : std::vector<float>()));
      points.back().speaker = up_to(2) ? "S1" : "S2";
    }
    VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", recording, points));
    VANG_ASSERT_OK((*embedded)->ReplaceRecording(Context(), "a", recording, points));
    SearchQuery query;
    query.tenant = "a";
    query.text = sentence(4);
    if (up_to(3)) query.vector = vector();
    if (up_to(3) == 0) query.speaker = "S1";
    query.limit = 1'000;
    SCOPED_TRACE(query.text);
    const auto ours = index_->Search(Context(), query);
    const auto theirs = (*embedded)->Search(Context(), query);
    VANG_ASSERT_OK(ours);
    VANG_ASSERT_OK(theirs);
    ASSERT_EQ(ours->size(), theirs->size());
    for (std::size_t i = 0; i < ours->size(); ++i) {
      ++hits_seen;
      EXPECT_EQ((*ours)[i].point.id, (*theirs)[i].point.id);
      EXPECT_EQ((*ours)[i].score, (*theirs)[i].score);
      EXPECT_EQ((*ours)[i].rank_exact, (*theirs)[i].rank_exact);
      EXPECT_EQ((*ours)[i].rank_folded, (*theirs)[i].rank_folded);
      EXPECT_EQ((*ours)[i].rank_meaning, (*theirs)[i].rank_meaning);
    }
  }
  EXPECT_GT(hits_seen, 500);
}

TEST_F(QdrantServer, IsSearchedWhileItIsRebuilt) {
  VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", "r1", {At("r1", 0, "cũ chung")}));
  const auto other = OpenQdrantSearchIndex(Config(ServerUrl(), 4));
  VANG_ASSERT_OK(other);
  EXPECT_EQ(Ids(**other, "chung"), (Strings{"r1-0"}));
  VANG_ASSERT_OK(index_->Rebuild(Context(), [&](SearchIndex& fresh) {
    const Status put = fresh.ReplaceRecording(Context(), "a", "r2", {At("r2", 0, "mới chung")});
    EXPECT_EQ(Ids(fresh, "chung"), (Strings{"r2-0"}));
    EXPECT_EQ(Ids(*index_, "chung"), (Strings{"r1-0"}));
    EXPECT_EQ(Ids(**other, "chung"), (Strings{"r1-0"}));
    return put;
  }));
  EXPECT_EQ(Ids(*index_, "chung"), (Strings{"r2-0"}));
  EXPECT_EQ(Ids(**other, "chung"), (Strings{"r2-0"}));
}

TEST_F(QdrantServer, IsWhatItWasAfterARebuildThatFailed) {
  VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", "r1", {At("r1", 0, "cũ chung")}));
  EXPECT_THAT(index_->Rebuild(Context(),
                              [&](SearchIndex& fresh) {
                                VANG_RETURN_IF_ERROR(fresh.ReplaceRecording(
                                    Context(), "a", "r2", {At("r2", 0, "mới chung")}));
                                return Aborted("enough");
                              }),
              HasCode(Code::kAborted));
  EXPECT_EQ(Ids(*index_, "chung"), (Strings{"r1-0"}));
  VANG_ASSERT_OK(index_->Rebuild(Context(), [](SearchIndex&) { return Status(); }));
  EXPECT_TRUE(Ids(*index_, "chung").empty());
}

TEST_F(QdrantServer, ACollectionOfAnotherDimensionIsHealedByARebuild) {
  VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", "r1", {At("r1", 0, "cũ", {1, 0, 0, 0})}));
  const auto other = OpenQdrantSearchIndex(Config(ServerUrl(), 3));
  VANG_ASSERT_OK(other);
  EXPECT_THAT((*other)->Ping(Context()), HasCode(Code::kFailedPrecondition));
  VANG_ASSERT_OK((*other)->Rebuild(Context(), [](SearchIndex& fresh) {
    return fresh.ReplaceRecording(Context(), "a", "r1", {At("r1", 0, "mới", {1, 0, 0})});
  }));
  VANG_EXPECT_OK((*other)->Ping(Context()));
  EXPECT_EQ(Ids(**other, "mới"), (Strings{"r1-0"}));
}

// More than one request's worth of points.
TEST_F(QdrantServer, TakesALongRecordingWhole) {
  std::vector<Point> points;
  for (int i = 0; i < 3'000; ++i) {
    points.push_back(At("r1", i, "đoạn " + std::to_string(i) + std::string(2'000, ' ')));
  }
  VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", "r1", points));
  EXPECT_EQ(*index_->CountPoints(Context(), "a", "r1"), 3'000u);
  EXPECT_EQ(Ids(*index_, "2999").size(), 1u);
  points.resize(1);
  VANG_ASSERT_OK(index_->ReplaceRecording(Context(), "a", "r1", points));
  EXPECT_EQ(*index_->CountPoints(Context(), "a", "r1"), 1u);
}

}  // namespace
}  // namespace vang
