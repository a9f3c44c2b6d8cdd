#include "libs/base/file.h"

#include <cstdlib>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

TEST(WriteFileDurably, ReplacesWholeFilesAndLeavesNothingBeside) {
  TempFolder folder;
  const auto path = folder.path() / "a" / "b" / "file";
  VANG_ASSERT_OK(WriteFileDurably(path, "one"));
  VANG_ASSERT_OK(WriteFileDurably(path, "two"));
  EXPECT_EQ(*ReadFile(path), "two");
  int entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path())) {
    (void)entry;
    ++entries;
  }
  EXPECT_EQ(entries, 1);
}

TEST(ReadFile, SaysWhatIsMissingAndRefusesWhatIsTooLarge) {
  TempFolder folder;
  EXPECT_THAT(ReadFile(folder.path() / "none"), Fails(Code::kNotFound, "none"));
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "f", "12345"));
  EXPECT_THAT(ReadFile(folder.path() / "f", 4), HasCode(Code::kOutOfRange));
}

TEST(Time, FormatsAndParsesRfc3339) {
  EXPECT_EQ(FormatTime(1'795'516'790'123), "2026-11-24T10:39:50.123Z");
  EXPECT_EQ(*ParseTime("2026-11-24T10:39:50.123Z"), 1'795'516'790'123);
  EXPECT_EQ(*ParseTime("2026-11-24T17:39:50.1234567+07:00"), 1'795'516'790'123);
  EXPECT_THAT(ParseTime("2026-02-30T00:00:00Z"), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(ParseTime("yesterday"), HasCode(Code::kInvalidArgument));
}

TEST(Context, AChildNeverOutlivesItsParent) {
  const Context parent = Context().WithTimeout(std::chrono::milliseconds(0));
  EXPECT_THAT(parent.WithTimeout(std::chrono::hours(1)).Check(), HasCode(Code::kDeadlineExceeded));
  std::stop_source source;
  const Context stopped = Context().WithStop(source.get_token());
  VANG_EXPECT_OK(stopped.Check());
  source.request_stop();
  EXPECT_THAT(stopped.Check(), HasCode(Code::kCancelled));
}

TEST(Traceparent, FreshOnesAreValid) {
  EXPECT_TRUE(IsTraceparent(NewTraceparent()));
  EXPECT_FALSE(IsTraceparent("00-00000000000000000000000000000000-0000000000000000-01"));
}

}  // namespace
}  // namespace vang
