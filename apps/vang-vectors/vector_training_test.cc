#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "apps/vang-vectors/cooccurrence.h"
#include "apps/vang-vectors/corpus.h"
#include "apps/vang-vectors/eigen.h"
#include "apps/vang-vectors/units.h"
#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

TEST(Corpus, KnowsArticlesHeadingsAndTables) {
  TempFolder folder;
  const std::string path = (folder.path() / "corpus.txt").string();
  VANG_ASSERT_OK(WriteFileDurably(path,
                                  "<doc id=\"1\" title=\"Nhà\">\nMột đoạn.\n== Xem thêm ==\n"
                                  "</doc>\n\nclip.mp3\tlời nói\n"));
  std::vector<std::pair<std::string, std::string>> seen;
  VANG_ASSERT_OK(
      ForEachParagraph(path, [&](const Paragraph& p) { seen.emplace_back(p.title, p.text); }));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], (std::pair<std::string, std::string>("Nhà", "Một đoạn.")));
  EXPECT_EQ(seen[1], (std::pair<std::string, std::string>("", "lời nói")));
}

TEST(Corpus, HoldsOutAboutOneArticleInTwenty) {
  int held_out = 0;
  for (int i = 0; i < 10'000; ++i) held_out += IsHeldOut("bài " + std::to_string(i));
  EXPECT_NEAR(held_out, 500, 100);
  EXPECT_FALSE(IsHeldOut(""));
}

TEST(UnitMiner, JoinsWhatStandsTogetherButNotAcrossPunctuation) {
  UnitMiner miner;
  for (int i = 0; i < 100; ++i) {
    miner.AddParagraph("tuyển dụng nhân viên, hà nội");
    miner.AddParagraph("nhân ái và hà mã, 12 nội dung");
    miner.AddParagraph("dụng, tuyển mã nội viên và ái");
  }
  miner.AddHeadword("nhân viên");
  miner.AddHeadword("không có ở đây");
  UnitOptions options;
  options.min_pair_npmi = 2;  // dictionary words only
  const UnitCorpus corpus = miner.Mine(options);
  const std::set<std::string> units(corpus.units.begin(), corpus.units.end());
  EXPECT_TRUE(units.contains("nhân viên"));
  EXPECT_FALSE(units.contains("tuyển dụng"));
  EXPECT_FALSE(units.contains("12"));
  EXPECT_FALSE(units.contains("không có ở đây"));
  options.min_pair_npmi = 0.3;
  const UnitCorpus mined = miner.Mine(options);
  EXPECT_EQ(std::count(mined.units.begin(), mined.units.end(), "tuyển dụng"), 1);
  EXPECT_EQ(std::count(mined.units.begin(), mined.units.end(), "viên hà"), 0);
}

TEST(Cooccurrence, IsPositiveAndKnowsNoNeighboursAcrossParagraphs) {
  UnitCorpus corpus;
  corpus.units = {"a", "b", "c", "d"};
  corpus.counts = {20, 20, 20, 20};
  for (int i = 0; i < 20; ++i) {
    for (const std::uint32_t unit : {0U, 1U, UnitCorpus::kBreak, 2U, 3U, UnitCorpus::kBreak}) {
      corpus.text.push_back(unit);
    }
  }
  const SparseMatrix matrix = PositiveMutualInformation(corpus, {});
  ASSERT_EQ(matrix.rows(), 4u);
  EXPECT_EQ(matrix.columns, (std::vector<std::uint32_t>{1, 0, 3, 2}));
  for (const float value : matrix.values) EXPECT_NEAR(value, std::log(4.0), 1e-5);
}

// A matrix of two blocks has two directions, one for each.
TEST(SpectralRows, FindTheStrongestDirections) {
  SparseMatrix matrix;
  matrix.starts = {0};
  for (std::uint32_t row = 0; row < 40; ++row) {
    for (std::uint32_t column = 0; column < 40; ++column) {
      if ((row < 25) != (column < 25)) continue;
      matrix.columns.push_back(column);
      matrix.values.push_back(row < 25 ? 2 : 1);
    }
    matrix.starts.push_back(matrix.columns.size());
  }
  EigenOptions options;
  options.dimension = 2;
  options.extra = 4;
  const auto rows = SpectralRows(matrix, 0.5, options);
  ASSERT_EQ(rows.size(), 80u);
  // Singular values 50 and 15; a row is the root of the value over the block's size, by its power.
  for (std::size_t row = 0; row < 40; ++row) {
    const double first = std::abs(rows[row * 2]);
    const double second = std::abs(rows[row * 2 + 1]);
    EXPECT_NEAR(first, row < 25 ? std::sqrt(50.0 / 25) : 0, 1e-3) << row;
    EXPECT_NEAR(second, row < 25 ? 0 : std::sqrt(15.0 / 15), 1e-3) << row;
  }
  EXPECT_EQ(rows, SpectralRows(matrix, 0.5, options));
}

}  // namespace
}  // namespace vang
