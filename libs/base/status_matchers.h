// GoogleTest matchers for Status and Result: a failure prints the message and not just "false".
#pragma once

#include <gmock/gmock.h>

#include "libs/base/status.h"

namespace vang {

inline Status ToStatus(const Status& status) { return status; }
template <typename T>
Status ToStatus(const Result<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  const Status status = ToStatus(arg);
  *result_listener << status.ToString();
  return status.ok();
}

MATCHER_P(HasCode, code, std::string("has code ") + std::string(CodeName(code))) {
  const Status status = ToStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code;
}

MATCHER_P2(Fails, code, text, "fails with the code and a message that holds the text") {
  const Status status = ToStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code && status.message().find(text) != std::string::npos;
}

}  // namespace vang

#define VANG_ASSERT_OK(expression) ASSERT_THAT(expression, ::vang::IsOk())
#define VANG_EXPECT_OK(expression) EXPECT_THAT(expression, ::vang::IsOk())
