#include "services/metadata/timed_words.h"

#include <gmock/gmock.h>

namespace vang::metadata {
namespace {

// "hai triệu rưỡi đồng nhé": five words of half a second from 1.0 on.
std::vector<Word> Heard() {
  std::vector<Word> words;
  for (const char* text : {"hai", "triệu", "rưỡi", "đồng", "nhé"}) {
    const double start = 1.0 + 0.5 * static_cast<double>(words.size());
    words.push_back({text, start, start + 0.5, 0.8, 0, 0});
  }
  return words;
}

ReadableSegment Segment() {
  ReadableSegment segment;
  segment.start = 0.9;
  segment.end = 3.6;
  segment.confidence = 0.7;
  segment.text = "2.500.000 đồng nhé.";
  segment.spans = {{0, 9, 0, 3}, {10, 17, 3, 1}, {18, 22, 4, 1}};
  return segment;
}

std::string Show(const std::vector<TimedWord>& words) {
  std::string text;
  for (const TimedWord& word : words) {
    char line[100];
    std::snprintf(line, sizeof(line), "%s %.2f-%.2f%s; ", word.text.c_str(), word.start, word.end,
                  word.edited ? " edited" : "");
    text += line;
  }
  return text;
}

TEST(TimedWords, ANumberTakesTheTimeOfAllItsWords) {
  EXPECT_EQ(Show(TimedWords(Segment(), Heard())),
            "2.500.000 1.00-2.50; đồng 2.50-3.00; nhé. 3.00-3.50; ");
  EXPECT_DOUBLE_EQ(TimedWords(Segment(), Heard())[0].confidence, 0.8);
}

TEST(TimedWords, OneSpanOverTwoWordsIsShared) {
  ReadableSegment segment = Segment();
  segment.text = "abcd efgh";
  segment.spans = {{0, 9, 0, 5}};
  EXPECT_EQ(Show(TimedWords(segment, Heard())), "abcd 1.00-2.11; efgh 2.39-3.50; ");
}

TEST(TimedWords, WordsWithoutASpanShareWhatTheirNeighboursLeave) {
  ReadableSegment segment = Segment();
  segment.spans = {{0, 9, 0, 3}};
  EXPECT_EQ(Show(TimedWords(segment, Heard())),
            "2.500.000 1.00-2.50; đồng 2.50-3.05; nhé. 3.05-3.60; ");
}

TEST(TimedWords, SpansThatPointNowhereArePassedOver) {
  ReadableSegment segment = Segment();
  segment.spans = {{0, 9, 4'000'000'000, 3}, {10, 16, 4, 4'000'000'000}, {17, 17, 0, 1}};
  const auto words = TimedWords(segment, Heard());
  ASSERT_EQ(words.size(), 3u);
  EXPECT_DOUBLE_EQ(words[0].start, 0.9);
  EXPECT_DOUBLE_EQ(words[2].end, 3.6);
  EXPECT_DOUBLE_EQ(words[0].confidence, 0.7);
  EXPECT_TRUE(TimedWords(ReadableSegment(), {}).empty());
}

TEST(TimedWords, ACorrectedWordKeepsItsTimeAndTheOthersTheirs) {
  EXPECT_EQ(Show(TimedWords(Segment(), Heard(), "2.500.000 đô nhé.")),
            "2.500.000 1.00-2.50; đô 2.50-3.00 edited; nhé. 3.00-3.50; ");
}

TEST(TimedWords, InsertedWordsShareTheTimeBetweenTheirNeighbours) {
  EXPECT_EQ(Show(TimedWords(Segment(), Heard(), "2.500.000 đô la nhé.")),
            "2.500.000 1.00-2.50; đô 2.50-2.75 edited; la 2.75-3.00 edited; nhé. 3.00-3.50; ");
}

TEST(TimedWords, TextThatIsAllNewSpansTheWholeSegment) {
  const auto words = TimedWords(Segment(), Heard(), "một câu khác hẳn đi");
  ASSERT_EQ(words.size(), 5u);
  EXPECT_DOUBLE_EQ(words.front().start, 1.0);
  EXPECT_DOUBLE_EQ(words.back().end, 3.5);
  EXPECT_TRUE(TimedWords(Segment(), Heard(), "").empty());
}

TEST(TimedWords, RepeatedWordsAtFrontAndBackDoNotOverlap) {
  ReadableSegment segment = Segment();
  segment.text = "a a a";
  segment.spans = {};
  EXPECT_EQ(TimedWords(segment, Heard(), "a a").size(), 2u);
  EXPECT_EQ(TimedWords(segment, Heard(), "a a a a").size(), 4u);
}

}  // namespace
}  // namespace vang::metadata
