#include "libs/adapters/metadata_store/folded_title.h"

#include <gtest/gtest.h>

namespace vang {
namespace {

TEST(FoldTitle, TonesMarksAndCaseFallAway) {
  EXPECT_EQ(FoldTitle("Họp GIAO BAN Đầu Tuần: Ưu tiên số 1"),
            "hop giao ban dau tuan: uu tien so 1");
  EXPECT_EQ(FoldTitle("ĂÂÊÔƠƯĐ ẮẦỂỖỢỬ"), "aaeooud aaeoou");
}

TEST(FoldTitle, ComposedAndDecomposedComeOutTheSame) {
  EXPECT_EQ(FoldTitle("tie\xCC\x82\xCC\x81ng"), FoldTitle("tiếng"));
}

TEST(FoldTitle, OtherScriptsStay) { EXPECT_EQ(FoldTitle("会議 2026"), "会議 2026"); }

}  // namespace
}  // namespace vang
