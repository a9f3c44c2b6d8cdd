// Walks the golden samples: what is valid must conform, what is invalid must be refused with a
// pointer. A schema without samples of both kinds fails, so none can be added untested.
#include <filesystem>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/common/event.h"
#include "libs/common/schema.h"

namespace vang {
namespace {

namespace fs = std::filesystem;

// The samples of `name`, from whichever folder its schema stands in.
fs::path SamplesOf(const std::string& name) {
  for (const char* folder : {"events", "schemas"}) {
    const fs::path root = fs::path(VANG_SOURCE_DIR) / "libs/common" / folder;
    if (fs::exists(root / (name + ".schema.json"))) return root / "samples" / name;
  }
  return {};
}

int CheckFolder(const std::string& name, const fs::path& folder, bool valid) {
  int count = 0;
  if (!fs::exists(folder)) return 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto value = ParseJson(ReadFile(entry.path()).value());
    EXPECT_THAT(value, IsOk()) << entry.path();
    if (!value.ok()) continue;
    const auto faults = ValidateSchema(name, *value);
    EXPECT_EQ(faults.empty(), valid)
        << entry.path() << (faults.empty() ? "" : " " + faults[0].pointer + " " + faults[0].detail);
    ++count;
  }
  return count;
}

TEST(Schemas, EverySchemaAgreesWithItsGoldenSamples) {
  ASSERT_FALSE(SchemaNames().empty());
  for (const std::string& name : SchemaNames()) {
    const fs::path samples = SamplesOf(name);
    EXPECT_GT(CheckFolder(name, samples / "valid", true), 0) << name << " has no valid sample";
    EXPECT_GT(CheckFolder(name, samples / "invalid", false), 0) << name << " has no invalid sample";
  }
}

TEST(Schemas, EverySubjectHasASchema) {
  for (const std::string& subject : EventSubjects()) {
    VANG_EXPECT_OK(SchemaText(subject)) << subject;
  }
}

TEST(Schemas, AFaultPointsToTheInnermostMember) {
  auto value = ParseJson(R"({"recording_id":"8f14e45f-ceea-567f-a1ab-3f2b7c8d9e01",
    "change_id":"8f14e45f-ceea-567f-a1ab-3f2b7c8d9e01","author":"a","tags":["ok",""]})");
  VANG_ASSERT_OK(value);
  EXPECT_THAT(CheckSchema("recording.updated", *value), Fails(Code::kInvalidArgument, "/tags/1"));
}

TEST(Schemas, ASchemaOfOthersIsHeldTo) {
  const auto schema = ParseJson(R"({"$ref":"#/definitions/a","definitions":{"a":{"type":"object",
    "patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}}})");
  VANG_ASSERT_OK(schema);
  EXPECT_TRUE(ValidateAgainst(*schema, *ParseJson(R"({"x-a":"b"})")).empty());
  EXPECT_FALSE(ValidateAgainst(*schema, *ParseJson(R"({"x-a":1})")).empty());
  EXPECT_FALSE(ValidateAgainst(*schema, *ParseJson(R"({"a":"b"})")).empty());
  // One that is none is a fault, too, and not the end of the process.
  EXPECT_FALSE(ValidateAgainst(*ParseJson(R"({"type":"number of"})"), JsonValue(1)).empty());
}

}  // namespace
}  // namespace vang
