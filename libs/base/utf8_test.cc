#include "libs/base/utf8.h"

#include <gtest/gtest.h>

namespace vang {
namespace {

TEST(Utf8, RoundTripsVietnamese) {
  const std::string text = "Quốc hội nghe tiếng Việt 🎙";
  EXPECT_TRUE(IsValidUtf8(text));
  EXPECT_EQ(FromCodePoints(ToCodePoints(text)), text);
  EXPECT_EQ(Utf8Length("Việt"), 4u);
}

TEST(Utf8, RefusesOverlongSurrogatesAndCutSequences) {
  EXPECT_FALSE(IsValidUtf8("\xC0\xAF"));
  EXPECT_FALSE(IsValidUtf8("\xE0\x80\xAF"));
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));
  EXPECT_FALSE(IsValidUtf8("\xF5\x80\x80\x80"));
  EXPECT_FALSE(IsValidUtf8("Vi\xE1\xBB"));
}

TEST(Utf8, AMalformedByteBecomesOneReplacement) {
  EXPECT_EQ(ToCodePoints("a\xFFz"), (std::vector<std::uint32_t>{'a', kReplacementCharacter, 'z'}));
}

}  // namespace
}  // namespace vang
