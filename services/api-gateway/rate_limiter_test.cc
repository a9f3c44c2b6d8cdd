#include "services/api-gateway/rate_limiter.h"

#include <gtest/gtest.h>

namespace vang {
namespace {

TEST(RateLimiter, AllowsTheBurstThenTheSustainedRate) {
  RateLimiter limiter(10, 4);
  EXPECT_EQ(limiter.limit(), 5);
  TimeMs now = 1'000'000;
  for (int i = 4; i >= 0; --i) {
    const auto verdict = limiter.Take("a", now);
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.remaining, i);
  }
  const auto refused = limiter.Take("a", now);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, Duration(100));
  EXPECT_FALSE(limiter.Take("a", now + 99).allowed);
  for (TimeMs i = 1; i <= 20; ++i) {
    EXPECT_TRUE(limiter.Take("a", now + 100 * i).allowed);
    EXPECT_FALSE(limiter.Take("a", now + 100 * i).allowed);
  }
}

TEST(RateLimiter, ARefusedRequestCostsNothing) {
  RateLimiter limiter(1, 0);
  EXPECT_TRUE(limiter.Take("a", 0).allowed);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limiter.Take("a", 500).allowed);
  EXPECT_TRUE(limiter.Take("a", 1'000).allowed);
}

TEST(RateLimiter, CallersDoNotShare) {
  RateLimiter limiter(1, 0);
  EXPECT_TRUE(limiter.Take("a", 0).allowed);
  EXPECT_TRUE(limiter.Take("b", 0).allowed);
  EXPECT_FALSE(limiter.Take("a", 0).allowed);
}

TEST(RateLimiter, SaysWhenTheAllowanceIsWholeAgain) {
  RateLimiter limiter(2, 9);
  EXPECT_EQ(limiter.window(), Duration(5'000));
  limiter.Take("a", 0);
  EXPECT_EQ(limiter.Take("a", 0).full_after, Duration(1'000));
  EXPECT_EQ(limiter.Take("a", 60'000).remaining, 9);
}

TEST(RateLimiter, AClockThatIsSetBackLocksNobodyOut) {
  RateLimiter limiter(1, 1);
  EXPECT_TRUE(limiter.Take("a", 1'000'000'000).allowed);
  EXPECT_FALSE(limiter.Take("a", 0).allowed);
  EXPECT_TRUE(limiter.Take("a", 1'000).allowed);
}

TEST(RateLimiter, RemembersABoundedNumberOfCallers) {
  RateLimiter limiter(1, 0, 2);
  EXPECT_TRUE(limiter.Take("a", 0).allowed);
  EXPECT_TRUE(limiter.Take("b", 0).allowed);
  // The idle ones go first: "a" and "b" are in step again at 1000.
  EXPECT_TRUE(limiter.Take("c", 1'000).allowed);
  EXPECT_FALSE(limiter.Take("c", 1'000).allowed);
  // None is idle: all are forgotten rather than more remembered.
  EXPECT_TRUE(limiter.Take("d", 1'000).allowed);
  EXPECT_TRUE(limiter.Take("e", 1'000).allowed);
  EXPECT_TRUE(limiter.Take("c", 1'000).allowed);
}

}  // namespace
}  // namespace vang
