#include "services/metadata/subtitles.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "libs/base/utf8.h"

namespace vang::metadata {
namespace {

// `count` words of `seconds` each, one after the other from `start` on.
SpokenSegment Speech(const std::string& word, int count, double seconds, double start = 0) {
  SpokenSegment segment;
  for (int i = 0; i < count; ++i) {
    segment.words.push_back({word, start + seconds * i, start + seconds * (i + 1), 1, false});
  }
  return segment;
}

TEST(Subtitles, AShortSentenceIsOneCueWithTheTimesOfItsWords) {
  const auto cues = MakeCues({Speech("nghiêng", 3, 0.5, 1)});
  EXPECT_EQ(WriteSrt(cues), "1\n00:00:01,000 --> 00:00:02,500\nnghiêng nghiêng nghiêng\n\n");
}

TEST(Subtitles, NoCueIsLargerOrLongerThanTheLimitsAndNoWordIsLost) {
  std::vector<SpokenSegment> segments;
  for (int i = 0; i < 20; ++i) {
    segments.push_back(Speech(i % 2 == 0 ? "ừ" : "nghiêng", 30 + i, 0.1 + 0.05 * i, 100.0 * i));
  }
  std::size_t words = 0;
  double last_end = 0;
  for (const Cue& cue : MakeCues(segments)) {
    EXPECT_GE(cue.start, last_end);
    EXPECT_GT(cue.end, cue.start);
    EXPECT_LE(cue.end - cue.start, kCueSeconds + 1e-9);
    ASSERT_LE(cue.lines.size(), 2u);
    for (const std::string& line : cue.lines) {
      EXPECT_LE(Utf8Length(line), kLineLength);
      words += 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), ' '));
    }
    last_end = cue.end;
  }
  EXPECT_EQ(words, static_cast<std::size_t>(20 * 30 + 190));
}

TEST(Subtitles, TwoLinesAreAsEvenAsTheWordsAllow) {
  const auto cues = MakeCues({Speech("mười", 12, 0.2)});
  ASSERT_EQ(cues.size(), 1u);
  ASSERT_EQ(cues[0].lines.size(), 2u);
  EXPECT_EQ(cues[0].lines[0], cues[0].lines[1]);
}

TEST(Subtitles, APauseAndTheEndOfASentenceBeginANewCue) {
  SpokenSegment segment = Speech("xin", 2, 0.3);
  segment.words.push_back({"chào", 4, 4.3, 1, false});
  EXPECT_EQ(MakeCues({segment}).size(), 2u);
  SpokenSegment sentences = Speech("nghiêng", 3, 0.3);
  sentences.words.back().text += ".";
  sentences.words.push_back({"Mai", 1, 1.2, 1, false});
  EXPECT_EQ(MakeCues({sentences}).size(), 2u);
}

TEST(Subtitles, AWordLongerThanALineStandsAlone) {
  SpokenSegment segment = Speech("a", 3, 0.2);
  segment.words[1].text = std::string(60, 'x');
  const auto cues = MakeCues({segment});
  ASSERT_EQ(cues.size(), 3u);
  EXPECT_EQ(cues[1].lines, std::vector<std::string>{std::string(60, 'x')});
}

TEST(Subtitles, ShortCuesStayWhileThereIsRoom) {
  const auto cues = MakeCues({Speech("ừ", 1, 0.1, 1), Speech("ừ", 1, 0.1, 1.4)});
  EXPECT_DOUBLE_EQ(cues[0].end, 1.4);
  EXPECT_DOUBLE_EQ(cues[1].end, 2.2);
}

TEST(Subtitles, HoursAndRoundingComeOutRight) {
  EXPECT_THAT(WriteSrt(MakeCues({Speech("a", 1, 1.9996, 3 * 3600 + 59 * 60 + 58)})),
              testing::HasSubstr("03:59:58,000 --> 04:00:00,000"));
}

TEST(Subtitles, VttEscapesAndNamesTheSpeaker) {
  SpokenSegment segment = Speech("<b>&-->", 1, 1);
  segment.speaker = "Lan & <Minh>";
  EXPECT_EQ(WriteVtt(MakeCues({segment})),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n"
            "<v Lan &amp; &lt;Minh&gt;>&lt;b&gt;&amp;--&gt;\n\n");
  EXPECT_EQ(WriteVtt({}), "WEBVTT\n\n");
}

TEST(Subtitles, SrtTextCannotLookLikeACue) {
  EXPECT_THAT(WriteSrt(MakeCues({Speech("a-->b", 1, 1)})), testing::HasSubstr("\na->b\n"));
}

}  // namespace
}  // namespace vang::metadata
