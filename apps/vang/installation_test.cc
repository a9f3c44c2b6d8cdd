#include "apps/vang/installation.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang::cli {
namespace {

namespace fs = std::filesystem;

TEST(DefaultDataFolder, IsTheOneBesideOnceVangHasWorkedThere) {
  TempFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  ::unsetenv("VANG_DATA");
  ::setenv("XDG_DATA_HOME", "/elsewhere", 1);
  EXPECT_EQ(DefaultDataFolder(), "/elsewhere/vang");
  fs::create_directory("data");  // anybody's
  EXPECT_EQ(DefaultDataFolder(), "/elsewhere/vang");
  VANG_EXPECT_OK(DataLock::Take("data"));
  EXPECT_EQ(DefaultDataFolder(), "data");
  ::setenv("VANG_DATA", "/named", 1);
  EXPECT_EQ(DefaultDataFolder(), "/named");
  ::unsetenv("VANG_DATA");
  ::unsetenv("XDG_DATA_HOME");
  fs::current_path(before);
}

TEST(DefaultDataFolder, IsNotBesideWhenTheLockIsALink) {
  TempFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  ::setenv("XDG_DATA_HOME", "/elsewhere", 1);
  VANG_EXPECT_OK(DataLock::Take("other"));
  fs::create_directory("data");
  fs::create_symlink("../other/vang.lock", "data/vang.lock");
  EXPECT_EQ(DefaultDataFolder(), "/elsewhere/vang");
  ::unsetenv("XDG_DATA_HOME");
  fs::current_path(before);
}

TEST(DataLock, IsTakenOnceAndGivenBack) {
  TempFolder folder;
  const fs::path data = folder.path() / "new/data";
  auto first = DataLock::Take(data);
  VANG_ASSERT_OK(first);
  EXPECT_THAT(DataLock::Take(data), Fails(Code::kAlreadyExists, std::to_string(::getpid())));
  first->reset();
  VANG_EXPECT_OK(DataLock::Take(data));
}

TEST(DataLock, SaysWhereItsHolderServes) {
  TempFolder folder;
  EXPECT_EQ(ServingUrl(folder.path()), std::nullopt);
  auto lock = DataLock::Take(folder.path());
  VANG_ASSERT_OK(lock);
  EXPECT_EQ(ServingUrl(folder.path()), std::nullopt);  // held, but not serving
  VANG_ASSERT_OK((*lock)->Announce("http://localhost:8123"));
  EXPECT_EQ(ServingUrl(folder.path()), "http://localhost:8123");
  EXPECT_THAT(DataLock::Take(folder.path()), Fails(Code::kAlreadyExists, "localhost:8123"));
  lock->reset();
  EXPECT_EQ(ServingUrl(folder.path()), std::nullopt);  // what is written there is stale
}

TEST(DataLock, GoesWithItsProcess) {
  TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto lock = DataLock::Take(folder.path());
    ::_exit(lock.ok() ? 0 : 1);  // without giving it back
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  VANG_EXPECT_OK(DataLock::Take(folder.path()));
}

}  // namespace
}  // namespace vang::cli
