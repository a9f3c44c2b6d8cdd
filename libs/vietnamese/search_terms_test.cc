#include "libs/vietnamese/search_terms.h"

#include <gtest/gtest.h>

namespace vang {
namespace {

SearchTerm Only(std::string_view word) {
  const auto terms = SearchTerms(word);
  EXPECT_EQ(terms.size(), 1u) << word;
  return terms.empty() ? SearchTerm() : terms.front();
}

TEST(SearchTerms, HaveAnAccentedAndAnUnaccentedForm) {
  EXPECT_EQ(Only("ĐƯỜNG").exact, "đường");
  EXPECT_EQ(Only("ĐƯỜNG").folded, "duong");
  EXPECT_EQ(Only("hoà").exact, "hòa");
  EXPECT_TRUE(Only("hoà").accented());
  EXPECT_FALSE(Only("Hoa").accented());
}

TEST(SearchTerms, PointAtTheBytesTheyComeFrom) {
  const std::string_view text = "“Bán” nhà, 2.500.000 đồng.";
  std::vector<std::string> spelled;
  for (const SearchTerm& term : SearchTerms(text)) {
    spelled.emplace_back(text.substr(term.begin, term.end - term.begin));
  }
  EXPECT_EQ(spelled, (std::vector<std::string>{"Bán", "nhà", "2.500.000", "đồng"}));
}

TEST(SearchTerms, WriteANumberOneWay) {
  for (const char* number : {"2500000", "2.500.000", "2,500,000"}) {
    EXPECT_EQ(Only(number).exact, "2500000") << number;
  }
  EXPECT_EQ(Only("3.5").exact, "3,5");
  EXPECT_EQ(Only("3,5").exact, "3,5");
  EXPECT_EQ(Only("1.2345").exact, "1,2345");
  EXPECT_EQ(Only("1234.567").exact, "1234,567");
  EXPECT_EQ(Only("1.234.56").exact, "1,234,56");
}

TEST(SearchTerms, FoldComposedAndDecomposedSpellingsAlike) {
  EXPECT_EQ(Only("tie\xCC\x82\xCC\x81ng").exact, Only("tiếng").exact);
  EXPECT_EQ(Only("tie\xCC\x82\xCC\x81ng").folded, "tieng");
}

TEST(SearchTerms, OfNothingAreNone) { EXPECT_TRUE(SearchTerms(" … ?! ").empty()); }

}  // namespace
}  // namespace vang
