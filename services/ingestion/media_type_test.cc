#include "services/ingestion/media_type.h"

#include <gtest/gtest.h>

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

using std::string_literals::operator""s;

TEST(MediaType, KnowsTheSoundThatPeopleHave) {
  const std::pair<std::string, std::string> cases[] = {
      {"RIFF\x24\0\0\0WAVEfmt "s, "audio/wav"},
      {"RF64\xFF\xFF\xFF\xFFWAVEds64"s, "audio/wav"},
      {"ID3\4\0\0\0\0\0\0"s, "audio/mpeg"},
      {"\xFF\xFB\x90\x64\0\0"s, "audio/mpeg"},
      {"\xFF\xF1\x50\x80\x02\x1F\xFC"s, "audio/aac"},
      {"\0\0\0\x20"s + "ftypM4A \0\0\2\0"s, "audio/mp4"},
      {"\0\0\0\x20"s + "ftypisom\0\0\2\0"s, "video/mp4"},
      {"\0\0\0\x14"s + "ftypqt  \0\0\0\0"s, "video/quicktime"},
      {"\0\0\0\x14"s + "ftyp3gp4\0\0\0\0"s, "video/3gpp"},
      {"OggS\0\2\0\0\0\0\0\0\0\0OpusHead"s, "audio/ogg"},
      {"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\1\x42\x82\x84webm"s, "video/webm"},
      {"\x1A\x45\xDF\xA3\xA3\x42\x82\x88matroska"s, "video/x-matroska"},
      {"fLaC\0\0\0\x22"s, "audio/flac"},
      {"#!AMR\n\x3C"s, "audio/amr"},
      {"#!AMR-WB\n\x3C"s, "audio/amr-wb"},
      {"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\0\xAA\0\x62\xCE\x6C"s, "audio/x-ms-wma"},
      {"FORM\0\0\1\0AIFFCOMM"s, "audio/aiff"},
      {"caff\0\1\0\0desc"s, "audio/x-caf"},
  };
  for (const auto& [head, type] : cases) {
    const auto found = SniffMediaType(head);
    VANG_ASSERT_OK(found);
    EXPECT_EQ(*found, type);
  }
}

TEST(MediaType, LeavesWhatItDoesNotKnowToTheDecoder) {
  EXPECT_EQ(*SniffMediaType("\x01\x02\x03\x80\x90"s), "application/octet-stream");
  // The mark of UTF-16 alone makes no text: it is also the start of an MPEG frame.
  EXPECT_EQ(*SniffMediaType("\xFF\xFE\x12\x34\x56\x78\x9A\xBC\xDE"s), "audio/mpeg");
}

TEST(MediaType, RefusesWhatIsPlainlyNoSoundAndSaysWhatItIs) {
  const std::pair<std::string, std::string> cases[] = {
      {"Xin chào, đây là một bài viết.", "text"},
      {"a", "text"},
      {"x\xE1\xBB", "text"},  // cut within a character
      {"\xFF\xFEX\0i\0n\0 \0"s, "text"},
      {"  <!DOCTYPE html><html>", "web page"},
      {"#EXTM3U\nhttp://10.0.0.1/", "playlist"},
      {"PK\3\4\x14\0"s, "ZIP"},
      {"\x1F\x8B\x08\0"s, "gzip"},
      {"%PDF-1.7\n", "PDF"},
      {"\x89PNG\r\n\x1A\n"s, "PNG"},
      {"RIFF\x24\0\0\0AVI LIST"s, "AVI"},
      {"\xFF\xD8\xFF\xE0\0\x10JFIF"s, "JPEG"},
      {"RIFF\x24\0\0\0WEBPVP8 "s, "WebP"},
      {"\0\0\0\x18"s + "ftypheic\0\0\0\0"s, "HEIC"},
      {"\x7F"
       "ELF\2\1\1",
       "program"},
      {std::string(257, '\0') + "ustar", "tar"},
  };
  for (const auto& [head, words] : cases) {
    EXPECT_THAT(SniffMediaType(head), Fails(Code::kUnimplemented, words)) << words;
  }
}

}  // namespace
}  // namespace vang
