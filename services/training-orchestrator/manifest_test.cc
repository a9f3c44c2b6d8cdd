#include "services/training-orchestrator/manifest.h"

#include <algorithm>
#include <map>

#include "libs/base/status_matchers.h"
#include "libs/common/json.h"

namespace vang::training {
namespace {

DatasetItem Item(const std::string& recording, const std::string& speaker) {
  return {"e-" + recording, recording, "a/audio/abc",   1.25, 2.5,
          "xin \"chào\"",   speaker,   SplitOf(speaker)};
}

TEST(Split, IsTheSameForASpeakerEveryTime) {
  for (int i = 0; i < 100; ++i) {
    const std::string speaker = "người " + std::to_string(i);
    EXPECT_EQ(SplitOf(speaker), SplitOf(speaker));
    EXPECT_TRUE(IsSplit(SplitOf(speaker)));
  }
}

TEST(Split, IsAboutEightyTenTen) {
  std::map<std::string, int> counts;
  for (int i = 0; i < 10'000; ++i) ++counts[SplitOf("speaker " + std::to_string(i))];
  EXPECT_NEAR(counts["train"], 8'000, 200);
  EXPECT_NEAR(counts["dev"], 1'000, 150);
  EXPECT_NEAR(counts["test"], 1'000, 150);
}

TEST(Manifest, IsOneObjectALineWithAPathRelativeToItsKey) {
  const std::string text = WriteManifest({Item("r1", "Lan"), Item("r2", "Minh")});
  const std::size_t end = text.find('\n');
  ASSERT_NE(end, std::string::npos);
  const auto line = ParseJson(text.substr(0, end));
  VANG_ASSERT_OK(line);
  JsonReader reader(*line);
  EXPECT_EQ(reader.String("audio_filepath"), "../../audio/abc");
  EXPECT_EQ(reader.Number("duration"), 2.5);
  EXPECT_EQ(reader.Number("offset"), 1.25);
  EXPECT_EQ(reader.String("text"), "xin \"chào\"");
  EXPECT_EQ(reader.String("speaker"), "Lan");
  EXPECT_EQ(reader.String("split"), SplitOf("Lan"));
  EXPECT_EQ(reader.String("lang"), "vi");
  EXPECT_EQ(reader.String("recording_id"), "r1");
  VANG_EXPECT_OK(reader.FinishStrict());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Manifest, HoldsOneSplitOrAllButOneRecording) {
  std::vector<DatasetItem> items = {Item("r1", "Lan"), Item("r2", "Minh")};
  items[0].split = "train";
  items[1].split = "test";
  EXPECT_NE(WriteManifest(items, "train").find("r1"), std::string::npos);
  EXPECT_EQ(WriteManifest(items, "train").find("r2"), std::string::npos);
  EXPECT_EQ(WriteManifest(items, "dev"), "");
  EXPECT_EQ(WriteManifest(items, "", "r1"), WriteManifest({items[1]}));
}

}  // namespace
}  // namespace vang::training
