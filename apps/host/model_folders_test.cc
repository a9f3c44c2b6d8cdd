#include "apps/host/model_folders.h"

#include <filesystem>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

namespace fs = std::filesystem;

TEST(Models, TheNewestOfEachKindIsTaken) {
  TempFolder folder;
  for (const char* name : {"speech/vang-1", "speech/vang-2", "text/a", "embedding/b"}) {
    fs::create_directories(folder.path() / name);
  }
  const auto models = FindModels(folder.path().string());
  VANG_ASSERT_OK(models);
  EXPECT_EQ(fs::path(models->speech).filename(), "vang-2");
  EXPECT_EQ(fs::path(models->text).filename(), "a");
  EXPECT_EQ(fs::path(models->embedding).filename(), "b");
}

TEST(Models, AFolderWithoutThemIsNamed) {
  TempFolder folder;
  EXPECT_THAT(FindModels(folder.path().string()),
              Fails(Code::kNotFound, folder.path().filename().string()));
}

}  // namespace
}  // namespace vang
