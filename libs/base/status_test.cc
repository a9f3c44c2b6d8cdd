#include "libs/base/status.h"

#include <cerrno>

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("odd");
  return n / 2;
}

Result<int> Quarter(int n) {
  VANG_ASSIGN_OR_RETURN(int half, Half(n));
  return Half(half);
}

TEST(Status, SaysItsCodeAndMessage) {
  EXPECT_EQ(Status().ToString(), "OK");
  EXPECT_EQ(NotFound("no recording").ToString(), "NOT_FOUND: no recording");
}

TEST(Status, WrapKeepsTheCodeAndLeavesSuccessAlone) {
  EXPECT_EQ(NotFound("x").Wrap("reading y"), NotFound("reading y: x"));
  VANG_EXPECT_OK(Status().Wrap("anything"));
}

TEST(Status, OnlyTransientCodesAreRetryable) {
  EXPECT_TRUE(Unavailable("").retryable());
  EXPECT_TRUE(ResourceExhausted("").retryable());
  EXPECT_FALSE(InvalidArgument("").retryable());
  EXPECT_FALSE(DataLoss("").retryable());
}

TEST(Status, AFullDiskIsResourceExhausted) {
  EXPECT_THAT(ErrnoStatus(ENOSPC, "write"), HasCode(Code::kResourceExhausted));
}

TEST(Result, AssignOrReturnPassesTheFirstFailureOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_THAT(Quarter(6), Fails(Code::kInvalidArgument, "odd"));
}

}  // namespace
}  // namespace vang
