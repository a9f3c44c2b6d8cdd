#include "libs/speech/word_errors.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace vang {
namespace {

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

WordErrors Count(const std::string& reference, const std::string& hypothesis) {
  return CountWordErrors(Words(reference), Words(hypothesis));
}

TEST(WordErrors, TellsTheThreeKindsApart) {
  EXPECT_EQ(Count("a b c", "a b c").total(), 0u);
  EXPECT_EQ(Count("a b c", "a x c").substitutions, 1u);
  EXPECT_EQ(Count("a b c", "a c").deletions, 1u);
  EXPECT_EQ(Count("a b c", "a b x c").insertions, 1u);
  const WordErrors mixed = Count("a b c d", "b c x d e");
  EXPECT_EQ(mixed.deletions, 1u);
  EXPECT_EQ(mixed.insertions, 2u);
  EXPECT_EQ(mixed.words, 4u);
  EXPECT_DOUBLE_EQ(mixed.rate(), 0.75);
}

TEST(WordErrors, BearsNothing) {
  EXPECT_EQ(Count("", "").rate(), 0.0);
  EXPECT_EQ(Count("a b", "").deletions, 2u);
  EXPECT_EQ(Count("", "a b").insertions, 2u);
  EXPECT_EQ(Count("", "a b").rate(), 2.0);
}

TEST(WordErrors, KnowsWhichWordsAreRight) {
  EXPECT_EQ(MatchedWords(Words("a b c d"), Words("b c x d e")),
            (std::vector<bool>{true, true, false, true, false}));
  EXPECT_EQ(MatchedWords(Words(""), Words("a")), (std::vector<bool>{false}));
  EXPECT_TRUE(MatchedWords(Words("a"), Words("")).empty());
}

TEST(WordErrors, AddsUp) {
  WordErrors sum = Count("a b", "a");
  sum += Count("c d", "c x");
  EXPECT_EQ(sum.words, 4u);
  EXPECT_EQ(sum.total(), 2u);
}

}  // namespace
}  // namespace vang
