#include "libs/speech/media_format.h"

#include <gtest/gtest.h>

#include <string>

namespace vang {
namespace {

using std::string_literals::operator""s;

TEST(MediaFormat, TellsContainersByBytesAtTheirPlaces) {
  EXPECT_EQ(FindMediaFormat("RIFF\1\2\3\4WAVEfmt ").container, Container::kWav);
  EXPECT_EQ(FindMediaFormat("XXXX\1\2\3\4WAVEfmt ").container, Container::kNone);
  EXPECT_EQ(FindMediaFormat("RIFF\1\2\3\4WAV").container, Container::kNone);
  EXPECT_EQ(FindMediaFormat("\0\0\0\x20"s + "ftypM4A ").media_type, "audio/mp4");
  EXPECT_EQ(FindMediaFormat("\0\0\0\x20"s + "ftypdash").media_type, "video/mp4");
  EXPECT_EQ(FindMediaFormat("\x1A\x45\xDF\xA3\x42\x82\x84webm").media_type, "video/webm");
}

TEST(MediaFormat, NamesWhatItRefusesAndLeavesTheRestNameless) {
  EXPECT_EQ(FindMediaFormat("\0\0\0\x18"s + "ftypheic").name, "a picture (HEIC)");
  EXPECT_EQ(FindMediaFormat("\xEF\xBB\xBF \n#EXTM3U\n").name.substr(0, 10), "a playlist");
  EXPECT_EQ(FindMediaFormat("BMW là xe hơi").name, "text");
  EXPECT_EQ(FindMediaFormat("BM\x36\x10\0\0\0\0\0\0\x36"s).name, "a picture (BMP)");
  EXPECT_EQ(FindMediaFormat("\1\2\3\x80").name, "");
  EXPECT_EQ(FindMediaFormat("").name, "");
}

TEST(MediaFormat, MeasuresFrames) {
  EXPECT_EQ(MpegFrameLength("\xFF\xFB\x90\x64"), 417U);  // 128 kbit/s at 44.1 kHz
  EXPECT_EQ(MpegFrameLength("\xFF\xFB\xF0\x64"), 0U);
  EXPECT_EQ(MpegFrameLength("\xFF"), 0U);
  EXPECT_EQ(AdtsFrameLength("\xFF\xF1\x50\x80\x02\x1F\xFC"s), 16U);
  EXPECT_EQ(AdtsFrameLength("\xFF\xF1\x50\x80\x02\x1F"s), 0U);
}

}  // namespace
}  // namespace vang
