#include "libs/vietnamese/sentences.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace vang {
namespace {

// "a b |0.8 c": a pause of 0.8 s after b.
std::string Write(std::string_view text) {
  std::vector<SpokenWord> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.front() == '|') {
      words.back().pause = std::stod(std::string(part.substr(1)));
    } else {
      words.push_back({part, 0});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const std::vector<MarkAfter> marks = FindSentences(words);
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += ' ';
    out += words[i].text;
    out += marks[i].mark == Mark::kComma      ? ","
           : marks[i].mark == Mark::kPeriod   ? "."
           : marks[i].mark == Mark::kQuestion ? "?"
                                              : "";
    EXPECT_GE(marks[i].confidence, 0);
    EXPECT_LE(marks[i].confidence, 1);
  }
  return out;
}

TEST(Sentences, EndAtLongPausesAndAtTheEnd) {
  EXPECT_EQ(Write("tôi đi học |0.9 trời mưa to"), "tôi đi học. trời mưa to.");
  EXPECT_EQ(Write("tôi đi học |0.1 trời mưa to"), "tôi đi học trời mưa to.");
  EXPECT_EQ(Write(""), "");
}

TEST(Sentences, AShortPauseIsAComma) {
  EXPECT_EQ(Write("khi trời mưa |0.4 tôi ở nhà"), "khi trời mưa, tôi ở nhà.");
  EXPECT_EQ(Write("ờ |0.4 tôi ở nhà"), "ờ tôi ở nhà.");
}

TEST(Sentences, DoNotEndWhereMoreMustFollow) {
  EXPECT_EQ(Write("đây là |1.2 nhà của |1.0 tôi"), "đây là nhà của tôi.");
}

TEST(Sentences, EndSoonerBeforeAWordThatOpensOne) {
  EXPECT_EQ(Write("trời mưa to |0.5 tuy nhiên tôi vẫn đi"), "trời mưa to. tuy nhiên tôi vẫn đi.");
  EXPECT_EQ(Write("trời mưa to |0.5 tôi vẫn đi"), "trời mưa to, tôi vẫn đi.");
}

TEST(Sentences, AQuestionIsKnownByItsEndOrItsQuestionWord) {
  for (const char* asked : {"anh có thể gọi tôi không", "đúng là như vậy phải không",
                            "bạn đang ở đâu", "tại sao em khóc", "cái này là gì", "đã ăn cơm chưa",
                            "đẹp quá nhỉ", "mình đi được không"}) {
    EXPECT_EQ(Write(asked), std::string(asked) + "?");
  }
  for (const char* told :
       {"tôi không biết anh ấy ở đâu", "không có gì", "tôi nói không", "chưa ai hiểu tại sao",
        "anh hỏi tôi có đi không", "không", "tôi chưa", "họ không làm gì", "ai cũng vui"}) {
    EXPECT_EQ(Write(told), std::string(told) + ".");
  }
}

}  // namespace
}  // namespace vang
