#include "apps/vang/console.h"

#include "libs/base/status_matchers.h"

namespace vang::cli {
namespace {

TEST(ExitCodes, TellScriptsWhatHappened) {
  EXPECT_EQ(ExitCodeOf(Status()), 0);
  EXPECT_EQ(ExitCodeOf(Internal("x")), 1);
  EXPECT_EQ(ExitCodeOf(InvalidArgument("x")), 1);
  EXPECT_EQ(ExitCodeOf(Unauthenticated("x")), 4);
  EXPECT_EQ(ExitCodeOf(PermissionDenied("x")), 4);
  EXPECT_EQ(ExitCodeOf(NotFound("x")), 5);
  EXPECT_EQ(ExitCodeOf(Unavailable("x")), 69);
  EXPECT_EQ(ExitCodeOf(ResourceExhausted("x")), 75);
  EXPECT_EQ(ExitCodeOf(DeadlineExceeded("x")), 75);
  EXPECT_EQ(ExitCodeOf(Cancelled("x")), 130);
}

TEST(Formats, TimesReadLikeAPlayers) {
  EXPECT_EQ(FormatClock(0), "0:00");
  EXPECT_EQ(FormatClock(83.9), "1:23");
  EXPECT_EQ(FormatClock(3723), "1:02:03");
  EXPECT_EQ(FormatClock(-1), "0:00");
}

TEST(Formats, SizesHaveAUnit) {
  EXPECT_EQ(FormatBytes(0), "0 bytes");
  EXPECT_EQ(FormatBytes(1'536), "1.5 KiB");
  EXPECT_EQ(FormatBytes(std::uint64_t{3} << 30), "3.0 GiB");
}

}  // namespace
}  // namespace vang::cli
