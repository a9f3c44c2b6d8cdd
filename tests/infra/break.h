// How a file of ours is made to break a rule.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace vang::infra {

struct Break {
  const char* what;
  const char* other;
  const char* fault;  // part of what the rules then say
};

// The text with the first `what` in it replaced; a test fails when there is none.
inline std::string Replaced(std::string text, const std::string& what, const std::string& other) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << "there is no '" << what << "'";
  return at == std::string::npos ? text : text.replace(at, what.size(), other);
}

}  // namespace vang::infra
