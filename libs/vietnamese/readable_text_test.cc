#include "libs/vietnamese/readable_text.h"

#include <gmock/gmock.h>

#include <random>

#include "libs/base/utf8.h"

namespace vang {
namespace {

const TextModel& Model() {
  static const auto model =
      TextModel::Parse(SerializeNames({{"hà nội", "Hà Nội", 0.99}, {"hòa bình", "Hòa Bình", 0.9}}),
                       "UBND\tu bê en đê\n");
  return *model.value();
}

// Words of 0.3 s with 0.05 s between them; "|0.8" adds a pause, "/" begins another segment.
std::vector<RawSegment> Speech(std::string_view text) {
  std::vector<RawSegment> segments(1);
  double now = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string part(text.substr(0, end));
    if (part == "/") {
      segments.emplace_back();
    } else if (part.starts_with("|")) {
      now += std::stod(part.substr(1));
    } else {
      segments.back().words.push_back({part, now, now + 0.3, 0.9, 0, 0});
      now += 0.35;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return segments;
}

std::string Texts(const ReadableText& text) {
  std::string out;
  for (const ReadableSegment& segment : text.segments) {
    if (!out.empty()) out += " / ";
    out += segment.text;
  }
  return out;
}

std::string Write(std::string_view speech) { return Texts(MakeReadable(Speech(speech), Model())); }

std::vector<const Word*> Words(const std::vector<RawSegment>& segments) {
  std::vector<const Word*> words;
  for (const RawSegment& segment : segments) {
    for (const Word& word : segment.words) words.push_back(&word);
  }
  return words;
}

// What holds for every input.
void CheckWhole(const std::vector<RawSegment>& segments, const ReadableText& text) {
  const std::vector<const Word*> words = Words(segments);
  std::uint32_t next = 0;
  for (const ReadableSegment& segment : text.segments) {
    std::uint32_t end = 0;
    ASSERT_LE(segment.start, segment.end);
    ASSERT_TRUE(IsValidUtf8(segment.text));
    for (const TextSpan& span : segment.spans) {
      ASSERT_GE(span.begin, end);
      ASSERT_GE(span.end, span.begin);
      ASSERT_LE(span.end, segment.text.size());
      ASSERT_EQ(span.first_word, next);
      ASSERT_GT(span.word_count, 0u);
      end = span.end;
      next += span.word_count;
    }
    const TextSpan& last = segment.spans.back();
    const double seconds = words[last.first_word + last.word_count - 1]->end -
                           words[segment.spans.front().first_word]->start;
    if (segment.spans.size() > 1) {
      ASSERT_LE(Utf8Length(segment.text), kMaxReadableLetters);
      ASSERT_LE(seconds, kMaxReadableSeconds + 1e-9);
    }
  }
  ASSERT_EQ(next, words.size());

  // Edits are located on both sides, and with them undone the text is what was heard.
  std::vector<std::string> undone;
  for (const ReadableSegment& segment : text.segments) undone.push_back(segment.text);
  for (auto edit = text.edits.rbegin(); edit != text.edits.rend(); ++edit) {
    ASSERT_LT(edit->segment, text.segments.size());
    ASSERT_EQ(undone[edit->segment].substr(edit->begin, edit->end - edit->begin), edit->after);
    ASSERT_NE(edit->before, edit->after);
    undone[edit->segment].replace(edit->begin, edit->end - edit->begin, edit->before);
    std::string heard;
    for (std::uint32_t i = 0; i < edit->word_count; ++i) {
      heard += (i > 0 ? " " : "") + words[edit->first_word + i]->text;
    }
    ASSERT_EQ(edit->before, heard);
    ASSERT_GE(edit->confidence, 0);
    ASSERT_LE(edit->confidence, 1);
  }
  std::string all;
  for (const std::string& part : undone) all += (all.empty() ? "" : " ") + part;
  std::string heard;
  for (const Word* word : words) heard += (heard.empty() ? "" : " ") + word->text;
  ASSERT_EQ(all, heard);
}

TEST(ReadableText, WritesSentencesNamesAndNumbers) {
  EXPECT_EQ(Write("tôi ở hà nội từ năm một chín bảy lăm |0.9 nhà tôi giá hai triệu rưỡi đồng"),
            "Tôi ở Hà Nội từ năm 1975. Nhà tôi giá 2.500.000 đồng.");
  EXPECT_EQ(Write("anh có đi không |0.9 u bê en đê họp"), "Anh có đi không? UBND họp.");
}

TEST(ReadableText, EveryEditIsLocatedOnBothSides) {
  const auto speech = Speech("nhà ở hà nội giá hai triệu rưỡi");
  const ReadableText text = MakeReadable(speech, Model());
  CheckWhole(speech, text);
  ASSERT_EQ(text.segments[0].text, "Nhà ở Hà Nội giá 2.500.000.");
  std::string edits;
  for (const TextEdit& edit : text.edits) {
    edits += edit.kind + " " + std::to_string(edit.first_word) + "+" +
             std::to_string(edit.word_count) + " " + edit.before + ">" + edit.after + "; ";
  }
  EXPECT_EQ(edits,
            "capital 0+1 nhà>Nhà; capital 2+1 hà>Hà; capital 3+1 nội>Nội; "
            "number 5+3 hai triệu rưỡi>2.500.000; punctuation 8+0 >.; ");
}

TEST(ReadableText, PausesInsideANumberDoNotTearIt) {
  EXPECT_EQ(Write("giá là hai triệu |0.4 ba trăm nghìn đồng"), "Giá là 2.300.000 đồng.");
}

TEST(ReadableText, ASegmentOfTheRecogniserIsNotASentence) {
  EXPECT_EQ(Write("hôm nay trời / rất đẹp"), "Hôm nay trời rất đẹp.");
}

TEST(ReadableText, SegmentsStayWithinTheirBounds) {
  std::string speech;
  for (int i = 0; i < 400; ++i) speech += i % 23 == 22 ? "|0.2 đường " : "con ";
  const auto segments = Speech(speech.substr(0, speech.size() - 1));
  const ReadableText text = MakeReadable(segments, Model());
  EXPECT_GT(text.segments.size(), 8u);
  CheckWhole(segments, text);
}

TEST(ReadableText, ShortSentencesShareASegmentUntilALongPause) {
  EXPECT_EQ(Write("xin chào |0.9 tôi là hòa |0.9 vâng tôi nghe |3 tạm biệt nhé"),
            "Xin chào. Tôi là hòa. Vâng tôi nghe. / Tạm biệt nhé.");
}

TEST(ReadableText, SpellingIsCanonicalInTheStyleThatIsAskedFor) {
  const auto speech = Speech("hoà bình và sức khoẻ");
  EXPECT_EQ(Texts(MakeReadable(speech, Model())), "Hòa Bình và sức khỏe.");
  const ReadableText modern = MakeReadable(speech, Model(), {ToneStyle::kModern});
  EXPECT_EQ(Texts(modern), "Hoà Bình và sức khoẻ.");
  CheckWhole(speech, modern);
}

TEST(ReadableText, WhatIsWrittenAlreadyIsKept) {
  EXPECT_EQ(Write("Tôi ở Huế, ba mươi tuổi. Còn anh?"), "Tôi ở Huế, ba mươi tuổi. Còn anh?");
  EXPECT_EQ(Write("TÔI Ở HÀ NỘI"), "Tôi ở Hà Nội.");
  EXPECT_EQ(Write("Tôi ở Huế |0.9 còn anh"), "Tôi ở Huế. còn anh.");
}

TEST(ReadableText, NothingHeardGivesNothing) {
  EXPECT_TRUE(MakeReadable({}, Model()).segments.empty());
  const std::vector<RawSegment> empty(3);
  EXPECT_TRUE(MakeReadable(empty, Model()).segments.empty());
}

TEST(ReadableText, AnyWordsKeepTheirPlaceAndTheirTimes) {
  const std::vector<std::string> kWords = {
      "hà",   "nội",   "u",   "bê",   "en",       "đê",    "hai",  "triệu", "rưỡi",
      "năm",  "tháng", "một", "hoà",  "bình",     "không", "có",   "và",    "tokyo",
      "k+",   "ĐI",    "a.b", "phần", "trăm",     "giờ",   "",     " ",     "ngày",
      "mười", "lăm",   "bảy", "số",   "\xC3\xA0", "nhưng", "đồng", "x2",    "..."};
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    std::vector<RawSegment> segments(random() % 4);
    double now = 0;
    // Some transcripts have plain words only, so that the whole stage is at work.
    const std::size_t words = seed % 2 == 0 ? kWords.size() : 18;
    for (RawSegment& segment : segments) {
      for (std::size_t n = random() % 60; n > 0; --n) {
        const double length = static_cast<double>(random() % 100) / 100;
        std::string text = kWords[random() % words];
        if (text.empty() || text == " ") text = "x";
        segment.words.push_back({text, now, now + length, 0.5, 0, 0});
        now += length + static_cast<double>(random() % 100) / 100;
      }
    }
    const ReadableText text = MakeReadable(segments, Model());
    SCOPED_TRACE("seed " + std::to_string(seed));
    CheckWhole(segments, text);
    if (HasFatalFailure()) return;
    EXPECT_EQ(Texts(MakeReadable(segments, Model())), Texts(text));
  }
}

}  // namespace
}  // namespace vang
