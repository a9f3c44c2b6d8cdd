#include "services/metadata/byte_range.h"

#include <gtest/gtest.h>

#include <string>

namespace vang::metadata {
namespace {

std::string Show(std::string_view header, std::uint64_t size) {
  const ByteRange range = ParseByteRange(header, size);
  if (range.kind == ByteRange::Kind::kWhole) return "whole";
  if (range.kind == ByteRange::Kind::kUnsatisfiable) return "416";
  return std::to_string(range.offset) + "+" + std::to_string(range.length);
}

TEST(ByteRange, ReadsTheThreeFormsOfTheRfc) {
  EXPECT_EQ(Show("bytes=0-499", 10'000), "0+500");
  EXPECT_EQ(Show("bytes=500-", 10'000), "500+9500");
  EXPECT_EQ(Show("bytes=-500", 10'000), "9500+500");
  EXPECT_EQ(Show("bytes= 0-0 ", 10'000), "0+1");
}

TEST(ByteRange, IsCutAtTheEndOfTheFile) {
  EXPECT_EQ(Show("bytes=9999-20000", 10'000), "9999+1");
  EXPECT_EQ(Show("bytes=-20000", 10'000), "0+10000");
  EXPECT_EQ(Show("bytes=0-99999999999999999999999", 10'000), "0+10000");
}

TEST(ByteRange, BeyondTheEndIsUnsatisfiable) {
  EXPECT_EQ(Show("bytes=10000-", 10'000), "416");
  EXPECT_EQ(Show("bytes=99999999999999999999999-", 10'000), "416");
  EXPECT_EQ(Show("bytes=-0", 10'000), "416");
  EXPECT_EQ(Show("bytes=0-", 0), "416");
}

TEST(ByteRange, WhatIsNotUnderstoodGivesTheWhole) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2",
                             "bytes=0-1,4-5", "items=0-1", "bytes=1 -2", "bytes=-1-2"}) {
    EXPECT_EQ(Show(header, 10'000), "whole") << header;
  }
}

}  // namespace
}  // namespace vang::metadata
