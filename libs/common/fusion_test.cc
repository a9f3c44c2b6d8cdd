#include "libs/common/fusion.h"

#include <gtest/gtest.h>

#include <string>

namespace vang {
namespace {

using Rankings = std::vector<std::vector<std::string>>;

std::vector<Fused<std::string>> Fuse(const Rankings& rankings, const std::string& first = "") {
  return FuseByRank(rankings, [&](const std::string& id) { return id == first; });
}

TEST(Fusion, AddsTheReciprocalsOfTheRanksWithSixtyAsTheConstant) {
  const auto fused = Fuse({{"a", "b"}, {"b"}});
  ASSERT_EQ(fused.size(), 2u);
  EXPECT_EQ(fused[0].id, "b");
  EXPECT_DOUBLE_EQ(fused[0].score, 1.0 / 62 + 1.0 / 61);
  EXPECT_EQ(fused[0].ranks, (std::vector<int>{2, 1}));
  EXPECT_DOUBLE_EQ(fused[1].score, 1.0 / 61);
  EXPECT_EQ(fused[1].ranks, (std::vector<int>{1, 0}));
}

TEST(Fusion, BreaksTiesById) {
  const auto fused = Fuse({{"b"}, {"a"}});
  EXPECT_EQ(fused[0].id, "a");
  EXPECT_EQ(fused[1].id, "b");
}

TEST(Fusion, WhatHasPrecedenceComesFirstWhateverItsRanks) {
  const auto fused = Fuse({{"a", "b"}, {"a"}, {"a"}}, "b");
  EXPECT_EQ(fused[0].id, "b");
}

TEST(Fusion, OfNothingIsNothing) { EXPECT_TRUE(Fuse({{}, {}}).empty()); }

}  // namespace
}  // namespace vang
