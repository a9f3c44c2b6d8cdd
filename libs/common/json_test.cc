#include "libs/common/json.h"

#include <limits>

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

TEST(ParseJson, RefusesWhatRfc8259DoesNotAllow) {
  for (const char* text : {"", "{", "[1,]", "{\"a\":1,}", "nul", "01", "\"\x01\"", "1 2",
                           "\"\xFF\"", "\"\xED\xA0\x80\"", "NaN", "'a'"}) {
    EXPECT_THAT(ParseJson(text), HasCode(Code::kInvalidArgument)) << text;
  }
}

TEST(ParseJson, IsBoundedInDepthAndSize) {
  EXPECT_THAT(ParseJson(std::string(100, '[') + std::string(100, ']')),
              HasCode(Code::kInvalidArgument));
  EXPECT_THAT(ParseJson("[1, 2, 3]", 4), HasCode(Code::kInvalidArgument));
}

TEST(JsonWriter, WritesWhatTheParserReadsBack) {
  JsonWriter json;
  json.BeginObject()
      .Field("text", "Tiếng \"Việt\"\n\x01")
      .Field("count", 3)
      .Key("list")
      .BeginArray()
      .Number(0.1)
      .Number(2.5, 3)
      .Number(std::numeric_limits<double>::quiet_NaN())
      .BeginObject()
      .EndObject()
      .EndArray()
      .Field("yes", true)
      .EndObject();
  EXPECT_EQ(json.text(),
            "{\"text\":\"Tiếng \\\"Việt\\\"\\n\\u0001\",\"count\":3,\"list\":[0.1,2.5,null,{}],"
            "\"yes\":true}");
  const auto value = ParseJson(json.text());
  VANG_ASSERT_OK(value);
  EXPECT_EQ(WriteJson(*value), json.text());
}

TEST(JsonWriter, NeverWritesBadUtf8) {
  JsonWriter json;
  json.String("a\xFFz");
  EXPECT_EQ(json.text(), "\"a\xEF\xBF\xBDz\"");
}

TEST(JsonReader, NamesTheFirstFaultByItsPointer) {
  const auto value = ParseJson(R"({"title":7,"a/b":"x"})");
  JsonReader reader(*value, "/body");
  reader.String("title");
  reader.Int("missing");
  EXPECT_THAT(reader.status(), Fails(Code::kInvalidArgument, "/body/title"));
}

TEST(JsonReader, StrictReadingRefusesUnknownMembers) {
  const auto value = ParseJson(R"({"title":"t","a/b":"x"})");
  JsonReader reader(*value);
  EXPECT_EQ(reader.String("title"), "t");
  EXPECT_THAT(reader.FinishStrict(), Fails(Code::kInvalidArgument, "/a~1b"));
}

TEST(JsonReader, AnythingButAnObjectIsAFault) {
  const JsonValue value(3);
  JsonReader reader(value);
  EXPECT_EQ(reader.String("x"), "");
  EXPECT_THAT(reader.status(), HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang
