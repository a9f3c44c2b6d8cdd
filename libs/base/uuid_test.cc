#include "libs/base/uuid.h"

#include <gtest/gtest.h>

namespace vang {
namespace {

TEST(Uuid, Version5MatchesTheRfcExample) {
  // RFC 9562, appendix A.4.
  EXPECT_EQ(UuidV5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, DerivedIdsKeepFieldBoundaries) {
  EXPECT_EQ(DerivedId("point", "ab", "c"), DerivedId("point", "ab", "c"));
  EXPECT_NE(DerivedId("point", "ab", "c"), DerivedId("point", "a", "bc"));
}

TEST(Uuid, RandomOnesAreValidAndDiffer) {
  EXPECT_TRUE(IsUuid(RandomUuid()));
  EXPECT_NE(RandomUuid(), RandomUuid());
  EXPECT_EQ(RandomHex(16).size(), 32u);
}

TEST(Uuid, RefusesWhatIsNotOne) {
  EXPECT_FALSE(IsUuid(""));
  EXPECT_FALSE(IsUuid("2ED6657D-e927-568b-95e1-2665a8aea6a2"));
  EXPECT_FALSE(IsUuid("../../etc/passwd-568b-95e1-2665a8ae"));
}

}  // namespace
}  // namespace vang
