// What every search index must do. An adapter's test instantiates the suite with a factory, which
// opens the same index again when it is given the same folder. A factory that has no server to open
// it on says kUnimplemented: then the test is skipped.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/ports/search_index.h"

namespace vang {

using SearchIndexFactory =
    Result<std::unique_ptr<SearchIndex>> (*)(const std::filesystem::path& folder, int dimension);

class SearchIndexContract : public testing::TestWithParam<SearchIndexFactory> {
 protected:
  static constexpr int kDimension = 4;

  void SetUp() override { Open(); }

  void Open() {
    index_.reset();
    auto index = GetParam()(folder_.path(), kDimension);
    if (index.status().code() == Code::kUnimplemented) GTEST_SKIP() << index.status().message();
    VANG_ASSERT_OK(index);
    index_ = std::move(*index);
  }

  static Point At(const std::string& recording, std::int64_t segment, const std::string& text,
                  std::vector<float> vector = {}, const std::string& tenant = "a") {
    Point point;
    point.id = recording + "-" + std::to_string(segment);
    point.tenant = tenant;
    point.recording_id = recording;
    point.version_id = "v1";
    point.segment = segment;
    point.start = static_cast<double>(segment) * 10;
    point.end = point.start + 9.5;
    point.created_at = 1'000;
    point.text = text;
    point.vector = std::move(vector);
    return point;
  }

  void Put(const std::vector<Point>& points) {
    VANG_ASSERT_OK(index_->ReplaceRecording(context_, points.front().tenant,
                                            points.front().recording_id, points));
  }

  std::vector<SearchHit> Search(const SearchQuery& query) {
    auto hits = index_->Search(context_, query);
    EXPECT_THAT(hits, IsOk());
    return hits.ok() ? *hits : std::vector<SearchHit>();
  }

  static SearchQuery Ask(const std::string& text, std::vector<float> vector = {}) {
    SearchQuery query;
    query.tenant = "a";
    query.text = text;
    query.vector = std::move(vector);
    return query;
  }

  std::vector<std::string> Ids(const SearchQuery& query) {
    std::vector<std::string> ids;
    for (const SearchHit& hit : Search(query)) ids.push_back(hit.point.id);
    return ids;
  }

  using Strings = std::vector<std::string>;
  const Context context_{};
  TempFolder folder_;
  std::unique_ptr<SearchIndex> index_;
};

TEST_P(SearchIndexContract, AHitCarriesTheWholePointButItsVector) {
  Point point = At("r1", 3, "Chúng ta bán nhà", {1, 0, 0, 0});
  point.speaker = "S2";
  Put({point});
  const auto hits = Search(Ask("bán nhà"));
  ASSERT_EQ(hits.size(), 1u);
  const Point& found = hits[0].point;
  EXPECT_EQ(found.id, "r1-3");
  EXPECT_EQ(found.tenant, "a");
  EXPECT_EQ(found.recording_id, "r1");
  EXPECT_EQ(found.version_id, "v1");
  EXPECT_EQ(found.segment, 3);
  EXPECT_EQ(found.start, 30);
  EXPECT_EQ(found.end, 39.5);
  EXPECT_EQ(found.speaker, "S2");
  EXPECT_EQ(found.created_at, 1'000);
  EXPECT_EQ(found.text, "Chúng ta bán nhà");
  EXPECT_TRUE(found.vector.empty());
  EXPECT_EQ(hits[0].rank_exact, 1);
  EXPECT_EQ(hits[0].rank_folded, 1);
  EXPECT_EQ(hits[0].rank_meaning, 0);
}

TEST_P(SearchIndexContract, AnAccentThatWasTypedRanksAnExactMatchFirst) {
  Put({At("r1", 0, "bạn bạn bạn", {1, 0, 0, 0}), At("r1", 1, "ban", {1, 0, 0, 0}),
       At("r1", 2, "hôm qua có người đến hỏi xem ở đây còn bán gì nữa hay là không")});
  const Strings ids = Ids(Ask("bán", {1, 0, 0, 0}));
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[0], "r1-2");
}

TEST_P(SearchIndexContract, AWordTypedWithoutAccentsFindsAllOfThem) {
  Put({At("r1", 0, "bạn"), At("r1", 1, "ban"), At("r1", 2, "bán"), At("r1", 3, "mua"),
       At("r1", 4, "đường")});
  auto ids = Ids(Ask("ban"));
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, (Strings{"r1-0", "r1-1", "r1-2"}));
  EXPECT_EQ(Ids(Ask("DUONG")), (Strings{"r1-4"}));
}

TEST_P(SearchIndexContract, AccentsCountWordByWord) {
  Put({At("r1", 0, "bạn nhà"), At("r1", 1, "bán nhã"), At("r1", 2, "bán nhà")});
  // "nha" is open, "bán" is not.
  const Strings ids = Ids(Ask("bán nha"));
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[2], "r1-0");
}

TEST_P(SearchIndexContract, HighlightsAreBytesOfTheOriginalText) {
  Put({At("r1", 0, "Bán nhà, BẠN ơi, bán!")});
  const auto marked = [&](const std::string& text) {
    Strings words;
    for (const SearchHit& hit : Search(Ask(text))) {
      for (const Highlight& h : hit.highlights) {
        words.push_back(hit.point.text.substr(h.begin, h.end - h.begin));
      }
    }
    return words;
  };
  EXPECT_EQ(marked("bán"), (Strings{"Bán", "bán"}));
  EXPECT_EQ(marked("ban"), (Strings{"Bán", "BẠN", "bán"}));
  // No such spelling there: what is alike but for accents.
  EXPECT_EQ(marked("bàn"), (Strings{"Bán", "BẠN", "bán"}));
  EXPECT_EQ(marked("bán nha"), (Strings{"Bán", "nhà", "bán"}));
}

TEST_P(SearchIndexContract, ANumberMatchesHoweverItIsWritten) {
  Put({At("r1", 0, "Giá là 2.500.000 đồng"), At("r1", 1, "Giá là 2.500 đồng")});
  EXPECT_EQ(Ids(Ask("2500000")), (Strings{"r1-0"}));
  EXPECT_EQ(Ids(Ask("2.500.000")), (Strings{"r1-0"}));
  EXPECT_EQ(Search(Ask("2500000"))[0].highlights.size(), 1u);
}

TEST_P(SearchIndexContract, MeaningFindsWhatWordsDoNot) {
  Put({At("r1", 0, "ô tô", {1, 0, 0, 0}), At("r1", 1, "con mèo", {0, 1, 0, 0})});
  const auto hits = Search(Ask("xe hơi", {0.9F, 0.1F, 0, 0}));
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].point.id, "r1-0");
  EXPECT_EQ(hits[0].rank_meaning, 1);
  EXPECT_EQ(hits[0].rank_exact, 0);
  EXPECT_TRUE(hits[0].highlights.empty());
}

TEST_P(SearchIndexContract, NonsenseFindsNothing) {
  Put({At("r1", 0, "ô tô", {1, 0, 0, 0})});
  EXPECT_TRUE(Search(Ask("qwxz zzz")).empty());
  EXPECT_TRUE(Search(Ask("qwxz", {0.2F, 0.98F, 0, 0})).empty());
  EXPECT_TRUE(Search(Ask("?!", {})).empty());
  EXPECT_TRUE(Search(Ask("", {})).empty());
}

TEST_P(SearchIndexContract, ReplacingDropsWhatWasThereAndTheOtherVersions) {
  Put({At("r1", 0, "xin chào"), At("r1", 1, "tạm biệt")});
  Put({At("r2", 0, "xin chào")});
  Point newer = At("r1", 7, "cảm ơn");
  newer.version_id = "v2";
  Put({newer});
  EXPECT_EQ(Ids(Ask("xin chào")), (Strings{"r2-0"}));
  EXPECT_EQ(Ids(Ask("cảm ơn")), (Strings{"r1-7"}));
  EXPECT_EQ(*index_->CountPoints(context_, "a", "r1"), 1u);
}

TEST_P(SearchIndexContract, TheSameAgainChangesNothing) {
  const std::vector<Point> points = {At("r1", 0, "xin chào", {1, 0, 0, 0}), At("r1", 1, "chào")};
  Put(points);
  const auto hash = index_->ContentHash(context_);
  Put(points);
  VANG_ASSERT_OK(hash);
  EXPECT_EQ(*hash, *index_->ContentHash(context_));
  EXPECT_EQ(*index_->CountPoints(context_, "a", "r1"), 2u);
  EXPECT_EQ(Ids(Ask("xin")), (Strings{"r1-0"}));
}

TEST_P(SearchIndexContract, TheHashFollowsTheContentAndNotTheOrder) {
  const auto empty = *index_->ContentHash(context_);
  Put({At("r1", 0, "một")});
  Put({At("r2", 0, "hai")});
  const auto one_two = *index_->ContentHash(context_);
  VANG_ASSERT_OK(index_->Clear(context_));
  EXPECT_EQ(*index_->ContentHash(context_), empty);
  Put({At("r2", 0, "hai")});
  Put({At("r1", 0, "một")});
  EXPECT_EQ(*index_->ContentHash(context_), one_two);
  Put({At("r1", 0, "một", {1, 0, 0, 0})});
  EXPECT_NE(*index_->ContentHash(context_), one_two);
}

TEST_P(SearchIndexContract, ARebuildLeavesWhatItWasFilledWithAndNothingElse) {
  Put({At("r1", 0, "xin chào", {1, 0, 0, 0})});
  Put({At("r2", 0, "xin chào")});
  const auto hash = *index_->ContentHash(context_);
  const auto refill = [&](bool both) {
    return [this, both](SearchIndex& fresh) -> Status {
      if (both) {
        VANG_RETURN_IF_ERROR(
            fresh.ReplaceRecording(context_, "a", "r1", {At("r1", 0, "xin chào", {1, 0, 0, 0})}));
      }
      return fresh.ReplaceRecording(context_, "a", "r2", {At("r2", 0, "xin chào")});
    };
  };
  VANG_ASSERT_OK(index_->Rebuild(context_, refill(true)));
  EXPECT_EQ(*index_->ContentHash(context_), hash);
  VANG_ASSERT_OK(index_->Rebuild(context_, refill(false)));
  EXPECT_EQ(Ids(Ask("xin chào")), (Strings{"r2-0"}));
}

TEST_P(SearchIndexContract, ADeletedRecordingIsGoneAndDeletingItAgainIsOk) {
  Put({At("r1", 0, "xin chào", {1, 0, 0, 0})});
  Put({At("r2", 0, "xin chào")});
  VANG_EXPECT_OK(index_->DeleteRecording(context_, "a", "r1"));
  VANG_EXPECT_OK(index_->DeleteRecording(context_, "a", "r1"));
  EXPECT_EQ(Ids(Ask("xin chào", {1, 0, 0, 0})), (Strings{"r2-0"}));
  EXPECT_EQ(*index_->CountPoints(context_, "a", "r1"), 0u);
}

TEST_P(SearchIndexContract, TenantsNeverSeeEachOther) {
  Put({At("r1", 0, "bí mật", {1, 0, 0, 0})});
  Put({At("r2", 0, "bí mật", {1, 0, 0, 0}, "b")});
  EXPECT_EQ(Ids(Ask("bí mật", {1, 0, 0, 0})), (Strings{"r1-0"}));
  SearchQuery other = Ask("bí mật", {1, 0, 0, 0});
  other.tenant = "c";
  EXPECT_TRUE(Search(other).empty());
  other.tenant = "b";
  other.recording_id = "r1";
  EXPECT_TRUE(Search(other).empty());
  VANG_EXPECT_OK(index_->DeleteRecording(context_, "b", "r1"));
  EXPECT_EQ(*index_->CountPoints(context_, "a", "r1"), 1u);
  EXPECT_EQ(*index_->CountPoints(context_, "b", "r1"), 0u);
}

TEST_P(SearchIndexContract, AnotherTenantsPointsDoNotChangeAScore) {
  Put({At("r1", 0, "nhà đẹp"), At("r1", 1, "nhà xưa cũ")});
  const auto before = Search(Ask("nhà đẹp"));
  std::vector<Point> others;
  for (int i = 0; i < 20; ++i) others.push_back(At("r2", i, "đẹp", {}, "b"));
  Put(others);
  const auto after = Search(Ask("nhà đẹp"));
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].score, after[i].score);
}

TEST_P(SearchIndexContract, FiltersNarrowTheHits) {
  Point lan = At("r1", 0, "họp giao ban");
  lan.speaker = "S1";
  Point minh = At("r1", 1, "họp giao ban");
  minh.speaker = "S2";
  Put({lan, minh});
  Point late = At("r2", 0, "họp giao ban");
  late.created_at = 2'000;
  Put({late});
  SearchQuery query = Ask("họp");
  query.recording_id = "r1";
  EXPECT_EQ(Ids(query), (Strings{"r1-0", "r1-1"}));
  query.speaker = "S2";
  EXPECT_EQ(Ids(query), (Strings{"r1-1"}));
  query = Ask("họp");
  query.from = 1'001;
  EXPECT_EQ(Ids(query), (Strings{"r2-0"}));
  query.from = 2'000;
  EXPECT_EQ(Ids(query), (Strings{"r2-0"}));
  query = Ask("họp");
  query.to = 1'000;
  EXPECT_EQ(Ids(query), (Strings{"r1-0", "r1-1"}));
}

TEST_P(SearchIndexContract, EqualHitsComeInTheOrderOfTheirIdsAndTheLimitHolds) {
  Put({At("r2", 0, "xin chào"), At("r2", 1, "xin chào")});
  Put({At("r1", 0, "xin chào"), At("r1", 1, "xin chào")});
  SearchQuery query = Ask("xin chào");
  EXPECT_EQ(Ids(query), (Strings{"r1-0", "r1-1", "r2-0", "r2-1"}));
  query.limit = 3;
  EXPECT_EQ(Ids(query), (Strings{"r1-0", "r1-1", "r2-0"}));
}

TEST_P(SearchIndexContract, OpenedAgainItIsAsItWas) {
  Put({At("r1", 0, "xin chào", {1, 0, 0, 0}), At("r1", 1, "tạm biệt", {0, 1, 0, 0})});
  Put({At("r2", 0, "sẽ bị xóa")});
  VANG_ASSERT_OK(index_->DeleteRecording(context_, "a", "r2"));
  const auto hash = *index_->ContentHash(context_);
  const auto before = Search(Ask("chào", {1, 0, 0, 0}));
  Open();
  const auto after = Search(Ask("chào", {1, 0, 0, 0}));
  EXPECT_EQ(*index_->ContentHash(context_), hash);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].point.id, before[0].point.id);
  EXPECT_EQ(after[0].score, before[0].score);
  EXPECT_TRUE(Ids(Ask("xóa")).empty());
}

TEST_P(SearchIndexContract, WhatIsRefusedChangesNothing) {
  Put({At("r1", 0, "xin chào")});
  const auto hash = *index_->ContentHash(context_);
  const auto refused = [&](const std::vector<Point>& points) {
    EXPECT_THAT(index_->ReplaceRecording(context_, "a", "r1", points),
                HasCode(Code::kInvalidArgument));
  };
  refused({At("r1", 1, "ok"), At("r2", 0, "of another recording")});
  refused({At("r1", 1, "of another tenant", {}, "b")});
  refused({At("r1", 1, "short vector", {1, 0})});
  refused({At("r1", 1, "twice"), At("r1", 1, "twice")});
  refused({At("r1", 1, "not UTF-8 \xFF")});
  EXPECT_EQ(*index_->ContentHash(context_), hash);
  EXPECT_EQ(Ids(Ask("chào")), (Strings{"r1-0"}));
}

TEST_P(SearchIndexContract, AQueryThatCannotBeAskedIsRefused) {
  SearchQuery query = Ask("chào");
  query.limit = 0;
  EXPECT_THAT(index_->Search(context_, query), HasCode(Code::kInvalidArgument));
  query = Ask("chào", {1, 0});
  EXPECT_THAT(index_->Search(context_, query), HasCode(Code::kInvalidArgument));
  query = Ask("chào");
  query.tenant.clear();
  EXPECT_THAT(index_->Search(context_, query), HasCode(Code::kInvalidArgument));
}

TEST_P(SearchIndexContract, ACallThatIsLateDoesNothing) {
  std::stop_source stop;
  stop.request_stop();
  const Context late = context_.WithStop(stop.get_token());
  EXPECT_THAT(index_->ReplaceRecording(late, "a", "r1", {At("r1", 0, "chào")}),
              HasCode(Code::kCancelled));
  EXPECT_THAT(index_->Search(late, Ask("chào")), HasCode(Code::kCancelled));
  EXPECT_TRUE(Ids(Ask("chào")).empty());
}

// A search sees a recording before a change or after it, never half of it.
TEST_P(SearchIndexContract, ChangesAreWholeToThoseWhoSearchMeanwhile) {
  const auto versions = [](const std::string& word) {
    std::vector<Point> points;
    for (int i = 0; i < 5; ++i) points.push_back(At("r1", i, "chung " + word));
    return points;
  };
  Put(versions("một"));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::thread searcher([&] {
    while (!done) {
      const auto hits = index_->Search(Context(), Ask("chung"));
      if (!hits.ok() || hits->size() != 5) {
        ++torn;
        continue;
      }
      for (const SearchHit& hit : *hits) torn += hit.point.text != (*hits)[0].point.text;
    }
  });
  for (int round = 0; round < 20; ++round) Put(versions(round % 2 ? "một" : "hai"));
  done = true;
  searcher.join();
  EXPECT_EQ(torn, 0);
}

TEST_P(SearchIndexContract, AnswersAPing) { VANG_EXPECT_OK(index_->Ping(context_)); }

}  // namespace vang
