#include "apps/vang/import/marks.h"

#include <filesystem>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang::cli {
namespace {

const std::string kHash(64, 'a');

class MarksTest : public testing::Test {
 protected:
  Marks Read(const std::string& destination = "s3 a") {
    return Marks::Read(path_, destination).value();
  }

  TempFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "import.state";
};

TEST_F(MarksTest, AreKeptForTheSameDestinationAndSize) {
  {
    Marks marks = Read();
    EXPECT_FALSE(std::filesystem::exists(path_));
    VANG_ASSERT_OK(marks.Add("a/x", 7, kHash));
    VANG_ASSERT_OK(marks.Add("a/y", 8, kHash));
    EXPECT_TRUE(marks.Holds("a/x", 7));
  }
  {
    Marks marks = Read();
    EXPECT_TRUE(marks.Holds("a/x", 7));
    EXPECT_FALSE(marks.Holds("a/x", 8));
    EXPECT_FALSE(marks.Holds("a/z", 7));
    VANG_ASSERT_OK(marks.Add("a/z", 9, kHash));
  }
  EXPECT_EQ(Read("s3 b").size(), 0U);
  Marks marks = Read();
  EXPECT_EQ(marks.size(), 3U);
  VANG_ASSERT_OK(marks.Remove());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(MarksTest, ATornLineIsNoMarkAndHarmsNoneAfterIt) {
  VANG_ASSERT_OK(Read().Add("a/x", 7, kHash));
  const std::string whole = ReadFile(path_).value();
  VANG_ASSERT_OK(WriteFileDurably(path_, whole + kHash + " 8 a/to"));
  {
    Marks marks = Read();
    EXPECT_EQ(marks.size(), 1U);
    VANG_ASSERT_OK(marks.Add("a/z", 9, kHash));
  }
  Marks marks = Read();
  EXPECT_TRUE(marks.Holds("a/x", 7));
  EXPECT_TRUE(marks.Holds("a/z", 9));
  EXPECT_FALSE(marks.Holds("a/to", 8));
}

TEST_F(MarksTest, OfAnotherDestinationAreReplaced) {
  VANG_ASSERT_OK(Read("s3 b").Add("a/x", 7, kHash));
  VANG_ASSERT_OK(Read("s3 a").Add("a/y", 7, kHash));
  EXPECT_FALSE(Read("s3 a").Holds("a/x", 7));
  EXPECT_TRUE(Read("s3 a").Holds("a/y", 7));
}

}  // namespace
}  // namespace vang::cli
