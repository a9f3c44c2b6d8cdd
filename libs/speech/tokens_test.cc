#include "libs/speech/tokens.h"

#include <random>

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

constexpr std::string_view kGood = "<blk> 0\n<unk> 1\n▁ 2\n▁ng 3\nười 4\na 5\n";

TEST(Tokens, ReadsKindsAndSpellings) {
  const auto table = ParseTokens(kGood);
  VANG_ASSERT_OK(table);
  EXPECT_EQ(table.value().size(), 6u);
  EXPECT_EQ(table.value().kind(1), TokenKind::kUnknown);
  EXPECT_EQ(table.value().kind(2), TokenKind::kOnset);
  EXPECT_EQ(table.value().Spelling(2), "");
  EXPECT_EQ(table.value().Spelling(3), "ng");
  EXPECT_EQ(table.value().symbol(3), "▁ng");
  EXPECT_EQ(table.value().Spelling(4), "ười");
  EXPECT_EQ(table.value().Spelling(0), "");
}

TEST(Tokens, TakesLinesInAnyOrderAndWindowsLineEnds) {
  VANG_EXPECT_OK(ParseTokens("a 2\r\n▁ng 1\r\n<blk> 0"));
}

TEST(Tokens, SaysWhatIsWrong) {
  const auto refused = [](std::string_view text, std::string_view why) {
    EXPECT_THAT(ParseTokens(text), Fails(Code::kInvalidArgument, std::string(why))) << text;
  };
  refused("", "<blk>");
  refused("<blk> 0\n▁ng 1\n▁ng 2\na 3\n", "line 3: this symbol");
  refused("<blk> 0\n▁ng 1\na 1\n", "line 3: this number");
  refused("<blk> 0\n▁ng 1\na 3\n", "no symbol for number 2");
  refused("▁ng 0\n<blk> 1\na 2\n", "<blk> the number 0");
  refused("<blk> 0\n▁ng 1\n", "onsets");
  refused("<blk> 0\na 1\n", "onsets");
  refused("<blk> 0\n▁ng\n", "line 2");
  refused("<blk> 0\n\n", "line 2");
  refused("<blk> 0\n▁ng -1\n", "line 2");
  refused("<blk> 0\n▁ng 1x\n", "line 2");
  refused("<blk> 0\n▁ng 99999999999999999999\n", "line 2");
  refused("<blk> 0\n▁ng 4000000000\n", "too large");
  refused("<blk> 0\n\xFF 1\n", "UTF-8");
  refused(std::string(2u << 20, 'a'), "1 MiB");
}

TEST(Tokens, AnyBytesAreEitherATableOrAnError) {
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    std::string text(kGood);
    for (int flips = 0; flips < 3; ++flips) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const auto table = ParseTokens(text);
    if (!table.ok()) continue;
    for (TokenId id = 0; id < table.value().size(); ++id) {
      EXPECT_LE(table.value().Spelling(id).size(), table.value().symbol(id).size());
    }
  }
}

}  // namespace
}  // namespace vang
