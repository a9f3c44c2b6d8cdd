#include "apps/services/settings.h"

#include <set>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang::services {
namespace {

class SettingsTest : public testing::Test {
 protected:
  Result<Settings> Load(const std::string& toml) {
    const std::filesystem::path path = folder_.path() / "vang.toml";
    VANG_RETURN_IF_ERROR(WriteFileDurably(path, toml));
    return Settings::Load(path.string(), [this](const std::string& name) {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    });
  }

  TempFolder folder_;
  std::map<std::string, std::string> environment_;
};

TEST_F(SettingsTest, HaveFallbacksFileAndEnvironmentInThisOrder) {
  environment_["VANG_NATS_USER"] = "vang";
  const auto settings = Load("[nats]\nurl = 'nats://broker:4222'\nuser = 'nobody'\nreplicas = 3\n");
  VANG_ASSERT_OK(settings);
  EXPECT_EQ(settings->Text("s3.region"), "us-east-1");
  EXPECT_EQ(settings->Text("nats.url"), "nats://broker:4222");
  EXPECT_EQ(settings->Text("nats.user"), "vang");
  EXPECT_EQ(settings->Number("nats.replicas", 1, 5).value(), 3);
}

TEST_F(SettingsTest, ASecretMayStandInAFileOfItsOwn) {
  VANG_ASSERT_OK(WriteFileDurably(folder_.path() / "secret", "s3cret\n"));
  environment_["VANG_NATS_PASSWORD_FILE"] = (folder_.path() / "secret").string();
  const auto settings = Load("");
  VANG_ASSERT_OK(settings);
  EXPECT_EQ(settings->Text("nats.password"), "s3cret");
  environment_["VANG_NATS_PASSWORD"] = "other";
  EXPECT_THAT(Load(""), Fails(Code::kFailedPrecondition, "VANG_NATS_PASSWORD"));
  environment_.erase("VANG_NATS_PASSWORD");
  environment_["VANG_NATS_PASSWORD_FILE"] = (folder_.path() / "missing").string();
  EXPECT_THAT(Load(""), HasCode(Code::kNotFound));
}

TEST_F(SettingsTest, ListsComeFromTomlOrCommas) {
  environment_["VANG_ASR_URLS"] = "http://a:1, http://b:1,";
  const auto settings = Load("[metadata]\nurls = ['http://m1:1', 'http://m2:1']\n");
  VANG_ASSERT_OK(settings);
  EXPECT_THAT(settings->List("metadata.urls"), testing::ElementsAre("http://m1:1", "http://m2:1"));
  EXPECT_THAT(settings->List("asr.urls"), testing::ElementsAre("http://a:1", "http://b:1"));
  EXPECT_THAT(settings->List("qdrant.url"), testing::IsEmpty());
}

TEST_F(SettingsTest, AMistakeIsNamedWithItsPlace) {
  EXPECT_THAT(Load("[nats]\nurl = 'a'\nulr = 'b'\n"), Fails(Code::kInvalidArgument, "line 3"));
  EXPECT_THAT(Load("[nats]\nurl = 'a\n"), Fails(Code::kInvalidArgument, "line 2"));
  EXPECT_THAT(Load("url = 'a'\n"), Fails(Code::kInvalidArgument, "'url' stands in no section"));
  EXPECT_THAT(Load("[nats]\nurl = 1.5\n"), Fails(Code::kInvalidArgument, "nats.url"));
  EXPECT_THAT(Settings::Load("/nonexistent.toml", ProcessEnvironment()), HasCode(Code::kNotFound));
}

TEST_F(SettingsTest, NumbersAndFlagsAreCheckedWhereTheyAreUsed) {
  const auto settings = Load("[nats]\nreplicas = 7\n[s3]\npath_style = 'yes'\n");
  VANG_ASSERT_OK(settings);
  EXPECT_THAT(settings->Number("nats.replicas", 1, 5),
              Fails(Code::kInvalidArgument, "nats.replicas"));
  EXPECT_THAT(settings->Flag("s3.path_style"), Fails(Code::kInvalidArgument, "s3.path_style"));
}

TEST_F(SettingsTest, EverySettingHasOneName) {
  std::set<std::string_view> names;
  for (const SettingInfo& info : AllSettings()) EXPECT_TRUE(names.insert(info.name).second);
}

}  // namespace
}  // namespace vang::services
