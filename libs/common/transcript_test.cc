#include "libs/common/transcript.h"

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

RawTranscript Raw() {
  RawTranscript t{"rec", "ver", "vang-ctc-1", 3.5, 2.25, {}};
  RawSegment segment;
  segment.start = 0.5;
  segment.end = 2.75;
  segment.tokens = {{"x", 0.5, 0.54, 0.9}, {"in", 0.54, 0.7, 0.8}};
  segment.words = {{"xin", 0.5, 0.7, 0.85, 0, 2}};
  t.segments.push_back(segment);
  return t;
}

ReadableTranscript Readable() {
  ReadableTranscript t{"rec", "ver", "vang-ctc-1", 3.5, {}, {}};
  t.segments.push_back({0.5, 2.75, 0.85, "Xin.", {{0, 4, 0, 1}}});
  t.edits.push_back({0, 0, 3, 0, 1, "capital", "xin", "Xin", 1.0});
  return t;
}

TEST(RawTranscript, RoundTripsAndIsDeterministic) {
  const std::string text = EncodeRawTranscript(Raw());
  const auto back = DecodeRawTranscript(text);
  VANG_ASSERT_OK(back);
  EXPECT_EQ(EncodeRawTranscript(*back), text);
  EXPECT_EQ(back->segments[0].words[0].text, "xin");
  EXPECT_DOUBLE_EQ(back->segments[0].tokens[1].start, 0.54);
}

TEST(ReadableTranscript, RoundTripsAndIsDeterministic) {
  const std::string text = EncodeReadableTranscript(Readable());
  const auto back = DecodeReadableTranscript(text);
  VANG_ASSERT_OK(back);
  EXPECT_EQ(EncodeReadableTranscript(*back), text);
  EXPECT_EQ(back->edits[0].kind, "capital");
}

TEST(RawTranscript, RefusesIndicesThatLeadNowhere) {
  RawTranscript t = Raw();
  t.segments[0].words[0].token_count = 3;
  EXPECT_THAT(DecodeRawTranscript(EncodeRawTranscript(t)), HasCode(Code::kDataLoss));
  t = Raw();
  t.segments[0].words[0].end = 0.1;
  EXPECT_THAT(DecodeRawTranscript(EncodeRawTranscript(t)), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeRawTranscript("{}"), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeRawTranscript("not json"), HasCode(Code::kDataLoss));
}

TEST(ReadableTranscript, RefusesSpansOutsideTheText) {
  ReadableTranscript t = Readable();
  t.segments[0].spans[0].end = 5;
  EXPECT_THAT(DecodeReadableTranscript(EncodeReadableTranscript(t)), HasCode(Code::kDataLoss));
  t = Readable();
  t.edits[0].segment = 1;
  EXPECT_THAT(DecodeReadableTranscript(EncodeReadableTranscript(t)), HasCode(Code::kDataLoss));
}

TEST(ObjectKeys, BeginWithTheirTenant) {
  EXPECT_EQ(AudioKey("t", "abc"), "t/audio/abc");
  EXPECT_EQ(RawTranscriptKey("t", "r", "v"), "t/transcripts/r/v/raw.json");
  EXPECT_EQ(ReadableTranscriptKey("t", "r", "v"), "t/transcripts/r/v/readable.json");
}

}  // namespace
}  // namespace vang
