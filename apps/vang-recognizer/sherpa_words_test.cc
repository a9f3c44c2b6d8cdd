#include "apps/vang-recognizer/sherpa_words.h"

#include <gmock/gmock.h>

#include <cmath>

namespace vang {
namespace {

TEST(SherpaWords, JoinsTokensIntoLowerCaseWordsWithTimes) {
  SherpaResult result;
  result.seconds = 3;
  result.tokens = {" XIN", " CH", "ÀO", " BẠN"};
  result.starts = {0.4F, 0.8F, 0.9F, 2.9F};
  const Recognition got = ToRecognition(result);
  ASSERT_EQ(got.words.size(), 3u);
  EXPECT_EQ(got.words[0].text, "xin");
  EXPECT_EQ(got.words[1].text, "chào");
  EXPECT_NEAR(got.words[1].start, 0.8, 1e-6);
  EXPECT_NEAR(got.words[1].end, 1.1, 1e-6);
  EXPECT_EQ(got.words[1].first_token, 1u);
  EXPECT_EQ(got.words[1].token_count, 2u);
  EXPECT_NEAR(got.words[2].end, 3, 1e-6);
  EXPECT_EQ(got.words[0].confidence, kUnknownConfidence);
}

TEST(SherpaWords, TakesConfidenceFromProbabilities) {
  SherpaResult result;
  result.seconds = 1;
  result.tokens = {" B", "À"};
  result.starts = {0.1F, 0.2F};
  result.log_probs = {std::log(0.9F), std::log(0.4F)};
  const Recognition got = ToRecognition(result);
  ASSERT_EQ(got.words.size(), 1u);
  EXPECT_NEAR(got.tokens[0].confidence, 0.9, 1e-6);
  EXPECT_NEAR(got.words[0].confidence, 0.6, 1e-6);
}

TEST(SherpaWords, SpreadsWordsWithoutTimesAndDropsPunctuation) {
  SherpaResult result;
  result.seconds = 4;
  result.text = " Xin chào, b.";
  result.tokens = {"x"};
  const Recognition got = ToRecognition(result);
  ASSERT_EQ(got.words.size(), 3u);
  EXPECT_EQ(got.words[1].text, "chào");
  EXPECT_NEAR(got.words[1].start, 1.5, 1e-6);
  EXPECT_NEAR(got.words[2].end, 4, 1e-6);
}

TEST(SherpaWords, BearsHostileTimesAndBytes) {
  SherpaResult result;
  result.seconds = 1;
  result.tokens = {" b", "\xc6", " c", " ", "."};
  result.starts = {NAN, -4, INFINITY, 0.1F, 0.2F};
  result.log_probs = {NAN, INFINITY, -INFINITY, 0, 0};
  const Recognition got = ToRecognition(result);
  double last = 0;
  for (const Word& word : got.words) {
    EXPECT_GE(word.start, last);
    EXPECT_GE(word.end, word.start);
    EXPECT_LE(word.end, 1);
    EXPECT_GE(word.confidence, 0);
    EXPECT_LE(word.confidence, 1);
    last = word.start;
  }
  EXPECT_TRUE(ToRecognition({}).words.empty());
}

}  // namespace
}  // namespace vang
