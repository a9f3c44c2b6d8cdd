#include "libs/base/status_matchers.h"
#include "libs/ports/object_store.h"

namespace vang {
namespace {

TEST(ObjectKey, TakesTenantPrefixedKeys) {
  VANG_EXPECT_OK(CheckObjectKey("default/audio/ba7816bf"));
  VANG_EXPECT_OK(CheckObjectKey("t-1/transcripts/a_b/raw.json"));
}

TEST(ObjectKey, RefusesWhatCouldLeaveTheStore) {
  for (const char* key : {"", "/a", "a/", "a//b", "a/../b", "./a", "a\\b", "a b", "a/\xC3\xA9"}) {
    EXPECT_THAT(CheckObjectKey(key), HasCode(Code::kInvalidArgument)) << key;
  }
  EXPECT_THAT(CheckObjectKey(std::string(1025, 'a')), HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang
