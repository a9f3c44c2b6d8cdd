#include "apps/vang/installation.h"

#include <sys/wait.h>
#include <unistd.h>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang::cli {
namespace {

namespace fs = std::filesystem;

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
