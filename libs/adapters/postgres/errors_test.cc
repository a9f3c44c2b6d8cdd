#include "libs/adapters/postgres/errors.h"

#include "libs/base/status_matchers.h"

namespace vang::postgres {
namespace {

TEST(PostgresErrors, WhatPassesByItselfIsRetryable) {
  for (const char* state : {"08006", "25006", "40001", "40P01", "53100", "53300", "55P03", "57014",
                            "57P01", "57P02", "57P03", "58030"}) {
    EXPECT_TRUE(ErrorStatus(state, "m").retryable()) << state;
  }
  for (const char* state : {"22021", "23505", "28P01", "3D000", "42501", "42P01", "XX001"}) {
    EXPECT_FALSE(ErrorStatus(state, "m").retryable()) << state;
  }
}

TEST(PostgresErrors, TheCodeSaysWhatHappened) {
  EXPECT_THAT(ErrorStatus("23505", "m"), HasCode(Code::kAlreadyExists));
  EXPECT_THAT(ErrorStatus("23502", "m"), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT(ErrorStatus("22021", "m"), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(ErrorStatus("53100", "m"), HasCode(Code::kResourceExhausted));
  EXPECT_THAT(ErrorStatus("57014", "m"), HasCode(Code::kDeadlineExceeded));
  EXPECT_THAT(ErrorStatus("XX002", "m"), HasCode(Code::kDataLoss));
  EXPECT_THAT(ErrorStatus("42601", "syntax"), Fails(Code::kInternal, "syntax (SQLSTATE 42601)"));
}

}  // namespace
}  // namespace vang::postgres
