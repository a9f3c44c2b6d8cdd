#include "libs/vietnamese/syllable.h"

#include <gtest/gtest.h>

#include <random>

#include "libs/base/utf8.h"
#include "libs/vietnamese/number_words.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

std::string Canonical(std::string_view word) {
  const auto syllable = ParseSyllable(word);
  return syllable ? WriteSyllable(*syllable) : "-";
}

TEST(Syllable, PutsTheToneWhereTraditionalSpellingDoes) {
  EXPECT_EQ(Canonical("hoà"), "hòa");
  EXPECT_EQ(Canonical("thuý"), "thúy");
  EXPECT_EQ(Canonical("khoẻ"), "khỏe");
  EXPECT_EQ(Canonical("hoàn"), "hoàn");
  EXPECT_EQ(Canonical("baỏ"), "bảo");
  EXPECT_EQ(Canonical("lựơng"), "lượng");
  EXPECT_EQ(Canonical("qúy"), "quý");
  EXPECT_EQ(Canonical("quốc"), "quốc");
  EXPECT_EQ(Canonical("thuở"), "thuở");
  EXPECT_EQ(Canonical("ngoái"), "ngoái");
  EXPECT_EQ(Canonical("khuỷu"), "khuỷu");
}

TEST(Syllable, ShowsTheToneInEitherStyle) {
  const auto modern = [](std::string_view word) {
    return WriteSyllable(*ParseSyllable(word), ToneStyle::kModern);
  };
  EXPECT_EQ(modern("hòa"), "hoà");
  EXPECT_EQ(modern("khỏe"), "khoẻ");
  EXPECT_EQ(modern("thúy"), "thuý");
  EXPECT_EQ(modern("quý"), "quý");
  EXPECT_EQ(modern("hoàn"), "hoàn");
  EXPECT_EQ(modern("mía"), "mía");
  EXPECT_EQ(WriteSyllable(*ParseSyllable("hoà"), ToneStyle::kTraditional), "hòa");
}

TEST(Syllable, TakesCapitalsCombiningMarksAndTheOldEth) {
  EXPECT_EQ(Canonical("NGƯỜI"), "người");
  EXPECT_EQ(Canonical("tie\xCC\x82\xCC\x81ng"), "tiếng");  // e, circumflex, acute
  EXPECT_EQ(Canonical("ti\xE1\xBA\xBFng"), "tiếng");
  EXPECT_EQ(Canonical("viê\xCC\xA3t"), "việt");
  EXPECT_EQ(Canonical("\xC3\x90\xC3\xA0"), "đà");
}

TEST(Syllable, PartsOnsetAndRime) {
  EXPECT_EQ(ParseSyllable("giếng"), (Syllable{"g", "iêng", Tone::kRising}));
  EXPECT_EQ(ParseSyllable("gì"), (Syllable{"g", "i", Tone::kFalling}));
  EXPECT_EQ(ParseSyllable("giang"), (Syllable{"gi", "ang", Tone::kLevel}));
  EXPECT_EQ(ParseSyllable("ạ"), (Syllable{"", "a", Tone::kHeavy}));
  EXPECT_EQ(ParseSyllable("nghiêng"), (Syllable{"ngh", "iêng", Tone::kLevel}));
}

TEST(Syllable, KnowsWhatIsNone) {
  for (const std::string_view word : {"", "tokyo", "tv", "w", "gif", "bac", "tàc", "áá", "ắng2",
                                      "a b", "kfc", "\xFF", "nguyenn", "\xCC\x81"}) {
    EXPECT_FALSE(ParseSyllable(word)) << word;
  }
}

TEST(Syllable, EveryOnsetRimeAndToneRoundTripsThroughItsCanonicalForm) {
  for (const std::string_view onset : Onsets()) {
    for (const std::string_view rime : Rimes()) {
      for (int tone = 0; tone < kToneCount; ++tone) {
        const Syllable syllable{std::string(onset), std::string(rime), static_cast<Tone>(tone)};
        if (!RimeBears(rime, syllable.tone)) continue;
        const std::string written = WriteSyllable(syllable);
        // g + ìa reads as gi + a, and is then written già.
        const bool reads_as_gi = onset == "g" && rime.starts_with('i');
        EXPECT_EQ(Canonical(written), reads_as_gi ? Canonical(Canonical(written)) : written);
      }
    }
  }
}

TEST(PlainText, MakesSentencesOfCanonicalSyllablesWithGaps) {
  EXPECT_EQ(PlainSentences("Hoà bình, năm 12! Tôi ở Tokyo."),
            (std::vector<std::vector<std::string>>{{"hòa", "bình", "năm", "mười", "hai"},
                                                   {"tôi", "ở", ""}}));
  EXPECT_EQ(PlainSentences("TỰ-LỰC (văn đoàn)…"),
            (std::vector<std::vector<std::string>>{{"tự", "lực", "văn", "đoàn"}}));
  EXPECT_TRUE(PlainSentences(" .,!? ").empty());
  EXPECT_EQ(PlainSentences("ngày 2/9/1945 lúc 7:30 -5 km"),
            (std::vector<std::vector<std::string>>{{"ngày", "", "lúc", ""}, {""}}));
}

TEST(NumberWords, ReadsAsPeopleDo) {
  const auto read = [](std::string_view number) {
    std::string text;
    for (const std::string& word : NumberWords(number)) text += (text.empty() ? "" : " ") + word;
    return text;
  };
  EXPECT_EQ(read("0"), "không");
  EXPECT_EQ(read("5"), "năm");
  EXPECT_EQ(read("10"), "mười");
  EXPECT_EQ(read("15"), "mười lăm");
  EXPECT_EQ(read("21"), "hai mươi mốt");
  EXPECT_EQ(read("44"), "bốn mươi tư");
  EXPECT_EQ(read("100"), "một trăm");
  EXPECT_EQ(read("105"), "một trăm lẻ năm");
  EXPECT_EQ(read("106"), "một trăm linh sáu");
  EXPECT_EQ(read("1975"), "một ngàn chín trăm bảy mươi lăm");
  EXPECT_EQ(read("1.976"), "một nghìn chín trăm bảy mươi sáu");
  EXPECT_EQ(read("2003"), "hai nghìn không trăm linh ba");
  EXPECT_EQ(read("3,5"), "ba phẩy năm");
  EXPECT_EQ(read("1.000.001"), "một triệu không trăm lẻ một");
  EXPECT_EQ(read("90000000000"), "chín mươi tỷ");
  for (const std::string_view none : {"", "4.42", "1.2345", "007", "1234567890123", "2,", ",5",
                                      "3,1415", "12a", "1..000", "1.000,"}) {
    EXPECT_EQ(read(none), "") << none;
  }
}

TEST(PlainText, FoldsForScoring) {
  EXPECT_EQ(FoldedWords("Hoà  bình, TV 24-h!"),
            (std::vector<std::string>{"hòa", "bình", "tv", "24", "h"}));
}

TEST(PlainText, BearsAnyBytes) {
  std::mt19937 random(4);
  for (int round = 0; round < 5000; ++round) {
    std::string text = "Hoà bình, năm 1975! tie\xCC\x82\xCC\x81ng";
    for (int flips = 0; flips < 4; ++flips) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    for (const auto& sentence : PlainSentences(text)) {
      for (const std::string& word : sentence) EXPECT_TRUE(IsValidUtf8(word));
    }
    FoldedWords(text);
  }
}

}  // namespace
}  // namespace vang
