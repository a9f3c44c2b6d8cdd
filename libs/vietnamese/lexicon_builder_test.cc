#include "libs/vietnamese/lexicon_builder.h"

#include <gmock/gmock.h>

namespace vang {
namespace {

std::string Mine(const std::vector<std::string>& lines) {
  LexiconOptions options;
  options.min_word = options.min_phrase = options.min_pair = 2;
  LexiconBuilder builder(options);
  for (const std::string& line : lines) builder.Collect(line);
  for (const std::string& line : lines) builder.Count(line);
  std::string out;
  for (const NameEntry& entry : builder.Build()) out += entry.written + "; ";
  return out;
}

TEST(LexiconBuilder, KeepsWhatIsNearlyAlwaysCapital) {
  EXPECT_EQ(Mine({"Ngày mai chúng tôi đi Hà Nội thăm bà con.",
                  "Sau đó chúng tôi lại về Hà Nội cùng bà con."}),
            "Hà Nội; ");
  EXPECT_EQ(Mine({"Ngày mai chúng tôi đi tìm Hoa ở ngoài vườn.",
                  "Ngày mai chúng tôi đi tìm Hoa ở ngoài vườn.",
                  "Ngày mai chúng tôi đi tìm hoa ở ngoài vườn."}),
            "");
}

TEST(LexiconBuilder, ACapitalAtASentenceStartSaysNothing) {
  EXPECT_EQ(Mine({"Trời hôm nay mưa to lắm. Trời hôm qua nắng to.",
                  "Ông ấy nói: \"Trời mưa to lắm rồi\". Trời hôm qua nắng."}),
            "");
}

TEST(LexiconBuilder, PairsWithASmallSecondWordAreNamesToo) {
  EXPECT_EQ(Mine({"Hôm qua phiên họp của Quốc hội đã bế mạc tại thủ đô.",
                  "Hôm qua phiên họp của Quốc hội đã khai mạc tại thủ đô.",
                  "Hôm qua lá quốc kỳ của nước ta tung bay trong gió."}),
            "Quốc hội; ");
}

TEST(LexiconBuilder, LongerPhrasesThatShorterOnesGiveAreLeftOut) {
  EXPECT_EQ(
      Mine({"Chúng tôi bay từ Paris sang Berlin rồi về.", "Chúng tôi bay từ Berlin sang Paris.",
            "Chúng tôi đi chuyến Paris Berlin hôm qua.",
            "Chúng tôi đi chuyến Paris Berlin hôm nay."}),
      "Berlin; Paris; ");
}

TEST(LexiconBuilder, HeadingsAndLinesInCapitalsAreNotText) {
  EXPECT_EQ(Mine({"== Lịch Sử Thành Phố Của Chúng Tôi ==", "== Lịch Sử Thành Phố Của Chúng Tôi ==",
                  "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"}),
            "");
}

}  // namespace
}  // namespace vang
