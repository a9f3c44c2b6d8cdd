#include "services/ingestion/file_name.h"

#include <gtest/gtest.h>

#include "libs/base/status_matchers.h"
#include "libs/base/utf8.h"

namespace vang {
namespace {

TEST(FileName, LosesThePathOfAnySystem) {
  EXPECT_EQ(*CleanFileName("../../etc/passwd"), "passwd");
  EXPECT_EQ(*CleanFileName("C:\\Users\\Lan\\ghi âm.wav"), "ghi âm.wav");
  EXPECT_EQ(*CleanFileName("/tmp/"), "");
  EXPECT_EQ(*CleanFileName(".."), "");
  EXPECT_EQ(*CleanFileName(""), "");
}

TEST(FileName, IsComposed) {
  EXPECT_EQ(*CleanFileName("ho\xCC\xA3p.wav"), "họp.wav");
  EXPECT_EQ(*CleanTitle("Ho\xCC\xA3p"), "Họp");
}

TEST(FileName, LosesWhatCannotBeShownOrMisleads) {
  EXPECT_EQ(*CleanFileName("a\r\nb\x1B[31m.wav"), "a b[31m.wav");
  EXPECT_EQ(*CleanFileName("invoice\xE2\x80\xAEgpj.exe"), "invoicegpj.exe");
}

TEST(FileName, IsCutWithItsExtensionKept) {
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "ộ";
  const auto name = CleanFileName(longest + ".wav");
  VANG_ASSERT_OK(name);
  EXPECT_LE(name->size(), 255u);
  EXPECT_TRUE(name->ends_with("ộ.wav"));
  EXPECT_TRUE(IsValidUtf8(*name));
}

TEST(FileName, MustBeUtf8) {
  EXPECT_THAT(CleanFileName("\xFF.wav"), Fails(Code::kInvalidArgument, "file name"));
  EXPECT_THAT(CleanTitle("\xC0\xAF"), Fails(Code::kInvalidArgument, "title"));
}

TEST(Title, IsBounded) {
  std::string title;
  for (int i = 0; i < 500; ++i) title += "ộ";
  EXPECT_EQ(*CleanTitle("  " + title + " "), title);
  EXPECT_THAT(CleanTitle(title + "x"), Fails(Code::kInvalidArgument, "500"));
}

TEST(Title, ComesFromTheFileNameWithoutItsExtension) {
  EXPECT_EQ(TitleOf("ghi âm.wav"), "ghi âm");
  EXPECT_EQ(TitleOf("v1.2 ghi chú dài"), "v1.2 ghi chú dài");
  EXPECT_EQ(TitleOf(".wav"), ".wav");
}

}  // namespace
}  // namespace vang
