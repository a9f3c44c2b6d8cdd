#include "libs/base/status_matchers.h"
#include "libs/ports/metadata_store.h"

namespace vang {
namespace {

TEST(RecordingCursor, ReadsWhatItWrote) {
  Recording row;
  row.id = "8f14e45f-ceea-567f-a1ab-3f2b7c8d9e01";
  row.created_at = 1'700'000'000'123;
  const auto parsed = ParseRecordingCursor(RecordingCursor(row));
  VANG_ASSERT_OK(parsed);
  EXPECT_EQ(parsed->first, row.created_at);
  EXPECT_EQ(parsed->second, row.id);
}

TEST(RecordingCursor, RefusesEverythingElse) {
  for (const char* text : {"", ".", "1", "1.", ".a", "x.a", "1x.a", "99999999999999999999.a"}) {
    EXPECT_THAT(ParseRecordingCursor(text), HasCode(Code::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace vang
