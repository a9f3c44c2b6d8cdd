#include "libs/adapters/object_store/s3/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace vang::s3 {
namespace {

TEST(Crc32c, MatchesThePublishedVectors) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(0, std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(Crc32c(0, "123456789"), 0xE3069283U);
}

TEST(Crc32c, PiecesGiveTheSameAsTheWhole) {
  const std::string text = "tiếng Việt, từng mảnh một";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(Crc32c(0, text.substr(0, cut)), text.substr(cut)), Crc32c(0, text)) << cut;
  }
}

TEST(Crc32c, IsWrittenAsBase64) {
  EXPECT_EQ(Crc32cText(0), "AAAAAA==");
  EXPECT_EQ(Crc32cText(0xE3069283), "4waSgw==");
  EXPECT_EQ(Crc32cText(0xFFFFFFFF), "/////w==");
}

}  // namespace
}  // namespace vang::s3
