#include "libs/adapters/object_store/fs/fs_object_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "libs/base/sha256.h"
#include "tests/contract/object_store_contract.h"

namespace vang {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<ObjectStore>> MakeFsObjectStore(const fs::path& folder) {
  return OpenFsObjectStore({folder});
}

INSTANTIATE_TEST_SUITE_P(Fs, ObjectStoreContract, testing::Values(&MakeFsObjectStore));

int CountFiles(const fs::path& folder) {
  return static_cast<int>(std::count_if(fs::recursive_directory_iterator(folder),
                                        fs::recursive_directory_iterator(),
                                        [](const auto& entry) { return !entry.is_directory(); }));
}

// Runs `child` in a process of its own and returns how it ended.
template <typename Child>
int RunChild(Child child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

// The kernel's limit on file size stands in for a full disk: the write fails half-way just so.
TEST(FsObjectStore, AFullDiskIsSaidAndLeavesNothing) {
  TempFolder folder;
  const int status = RunChild([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10'000, 10'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    auto store = OpenFsObjectStore({folder.path()});
    if (!store.ok()) return 2;
    auto writer = (*store)->Create(Context());
    if (!(*writer)->Write(std::string(9'000, 'x')).ok()) return 3;
    if ((*writer)->Write(std::string(9'000, 'x')).code() != Code::kResourceExhausted) return 4;
    if ((*writer)->Commit(Context(), "default/a").status().code() != Code::kResourceExhausted) {
      return 5;
    }
    writer->reset();
    return CountFiles(folder.path()) == 0 ? 0 : 6;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(FsObjectStore, TheNextStartSweepsWhatACrashLeft) {
  TempFolder folder;
  const int status = RunChild([&] {
    auto store = OpenFsObjectStore({folder.path()});
    auto writer = (*store)->Create(Context());
    if (!(*writer)->Write("half an upload").ok()) return 1;
    return ::raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(CountFiles(folder.path()), 1);
  VANG_ASSERT_OK(OpenFsObjectStore({folder.path()}));
  EXPECT_EQ(CountFiles(folder.path()), 0);
}

TEST(FsObjectStore, ASecondOpenDoesNotSweepTheUploadsOfTheFirst) {
  TempFolder folder;
  auto first = OpenFsObjectStore({folder.path()});
  VANG_ASSERT_OK(first);
  auto writer = (*first)->Create(Context());
  VANG_ASSERT_OK((*writer)->Write("still growing"));
  VANG_ASSERT_OK(OpenFsObjectStore({folder.path()}));
  EXPECT_TRUE((*writer)->Commit(Context(), "default/a").value());
}

// Design section 3, rules 2 and 3: killed at any moment, a name that was acknowledged is whole, and
// no name ever shows half an object.
TEST(FsObjectStore, DeliveryRule2_KilledAtAnyMomentEveryNamedObjectIsWhole) {
  TempFolder folder;
  for (int round = 0; round < 20; ++round) {
    int acks[2];
    ASSERT_EQ(::pipe2(acks, O_CLOEXEC), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto store = OpenFsObjectStore({folder.path()});
      for (int i = 0;; ++i) {
        const std::string bytes(static_cast<std::size_t>(1000 + i * 997 % 60'000),
                                static_cast<char>('a' + i % 26));
        const std::string key = "default/audio/" + Sha256Hex(bytes);
        if (!(*store)->Put(Context(), key, bytes).ok()) ::_exit(1);
        if (!WriteAll(acks[1], key + "\n").ok()) ::_exit(2);
      }
    }
    ::close(acks[1]);
    // Killed after some number of acknowledgements: where in the next Put is up to chance.
    std::string heard;
    char buffer[256];
    while (std::count(heard.begin(), heard.end(), '\n') < 1 + round % 5) {
      const ssize_t n = ::read(acks[0], buffer, sizeof(buffer));
      ASSERT_GT(n, 0);
      heard.append(buffer, static_cast<std::size_t>(n));
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ssize_t n = 0;
    while ((n = ::read(acks[0], buffer, sizeof(buffer))) > 0) {
      heard.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(acks[0]);
    auto store = OpenFsObjectStore({folder.path()});
    VANG_ASSERT_OK(store);
    auto listed = (*store)->List(Context(), "default/audio/", "", 10'000);
    VANG_ASSERT_OK(listed);
    std::string names;
    for (const ObjectInfo& info : *listed) {
      const std::string bytes = (*store)->Get(Context(), info.key).value();
      EXPECT_EQ("default/audio/" + Sha256Hex(bytes), info.key);
      names += info.key + "\n";
    }
    for (std::size_t at = 0; at + 1 < heard.size(); at = heard.find('\n', at) + 1) {
      EXPECT_NE(names.find(heard.substr(at, heard.find('\n', at) - at)), std::string::npos);
    }
  }
}

TEST(FsObjectStore, DoesNotFollowALinkThatSomebodyPutThere) {
  TempFolder folder;
  auto store = OpenFsObjectStore({folder.path()});
  VANG_ASSERT_OK((*store)->Put(Context(), "default/a", "a"));
  fs::create_symlink("/etc/passwd", folder.path() / "objects/default/link");
  EXPECT_THAT((*store)->Get(Context(), "default/link"), HasCode(Code::kNotFound));
}

TEST(FsObjectStore, EmptyFoldersGoWithTheirLastObject) {
  TempFolder folder;
  auto store = OpenFsObjectStore({folder.path()});
  VANG_ASSERT_OK((*store)->Put(Context(), "default/transcripts/r/v/raw.json", "a"));
  VANG_ASSERT_OK((*store)->Put(Context(), "default/transcripts/r/v/readable.json", "a"));
  VANG_ASSERT_OK((*store)->Delete(Context(), "default/transcripts/r/v/raw.json"));
  EXPECT_TRUE(fs::exists(folder.path() / "objects/default/transcripts/r/v"));
  VANG_ASSERT_OK((*store)->Delete(Context(), "default/transcripts/r/v/readable.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "objects/default/transcripts/r"));
}

}  // namespace
}  // namespace vang
