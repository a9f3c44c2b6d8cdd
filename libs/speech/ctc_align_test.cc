#include "libs/speech/ctc_align.h"

#include <gtest/gtest.h>

#include <cmath>

namespace vang {
namespace {

// One row per frame: which unit is likely (0.9), the other two share the rest.
std::vector<float> Frames(std::initializer_list<TokenId> likely) {
  std::vector<float> values;
  for (const TokenId token : likely) {
    for (TokenId unit = 0; unit < 3; ++unit) {
      values.push_back(std::log(unit == token ? 0.9F : 0.05F));
    }
  }
  return values;
}

TEST(AlignCtc, FindsWhereEachUnitIs) {
  const std::vector<float> values = Frames({0, 1, 1, 0, 0, 2, 0});
  EXPECT_EQ(AlignCtc({values, 3}, std::vector<TokenId>{1, 2}),
            (std::vector<TokenSpan>{{1, 1, 3}, {2, 5, 6}}));
}

TEST(AlignCtc, PartsEqualNeighboursByABlank) {
  const std::vector<float> values = Frames({1, 1, 1});
  const auto spans = AlignCtc({values, 3}, std::vector<TokenId>{1, 1});
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_LT(spans[0].end, spans[1].begin);
}

TEST(AlignCtc, GivesNothingWhenTheSequenceIsTooLong) {
  const std::vector<float> values = Frames({1, 1});
  EXPECT_TRUE(AlignCtc({values, 3}, std::vector<TokenId>{1, 1}).empty());
  EXPECT_TRUE(AlignCtc({values, 3}, std::vector<TokenId>{1, 2, 1}).empty());
  EXPECT_TRUE(AlignCtc({values, 3}, {}).empty());
  EXPECT_TRUE(AlignCtc({{}, 3}, std::vector<TokenId>{1}).empty());
}

TEST(GreedyCtc, JoinsRepeatsAndDropsBlanks) {
  const std::vector<float> values = Frames({0, 1, 1, 0, 1, 2, 2});
  EXPECT_EQ(GreedyCtc({values, 3}), (std::vector<TokenSpan>{{1, 1, 3}, {1, 4, 5}, {2, 5, 7}}));
}

}  // namespace
}  // namespace vang
