#include "libs/adapters/postgres/text.h"

#include "libs/base/status_matchers.h"

namespace vang::postgres {
namespace {

TEST(PostgresText, ParametersAreNumberedAsSqliteDoes) {
  EXPECT_EQ(NumberParameters("SELECT ?, ? WHERE a='?' AND b=?"),
            "SELECT $1, $2 WHERE a='?' AND b=$3");
  EXPECT_EQ(NumberParameters("SELECT ?1, ?12 WHERE a=?1 AND b=?"),
            "SELECT $1, $12 WHERE a=$1 AND b=$13");
  EXPECT_EQ(NumberParameters("LIKE ? ESCAPE '\\'"), "LIKE $1 ESCAPE '\\'");
}

TEST(PostgresText, ANulOrBrokenUtf8IsRefusedWithoutQuotingIt) {
  VANG_EXPECT_OK(CheckText("Tiếng Việt \U0001F399"));
  VANG_EXPECT_OK(CheckText(""));
  EXPECT_THAT(CheckText(std::string_view("a\0b", 3)), Fails(Code::kInvalidArgument, "NUL"));
  EXPECT_THAT(CheckText("secret\xC3"), Fails(Code::kInvalidArgument, "not UTF-8"));
  EXPECT_THAT(CheckText("\xED\xA0\x80"), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(CheckText("secret\xC3").message(), testing::Not(testing::HasSubstr("secret")));
}

TEST(PostgresText, AnArrayQuotesEveryElement) {
  EXPECT_EQ(TextArray({}), "{}");
  EXPECT_EQ(TextArray({"a", "", "NULL", R"(q"b\)"}), R"({"a","","NULL","q\"b\\"})");
}

}  // namespace
}  // namespace vang::postgres
