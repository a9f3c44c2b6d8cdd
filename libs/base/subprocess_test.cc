#include "libs/base/subprocess.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "libs/base/descriptor_io.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

constexpr Duration kLong{30'000};

Subprocess::Options Shell(const std::string& script) {
  Subprocess::Options options;
  options.program = "/bin/sh";
  options.args = {"-c", script};
  options.env = {"PATH=/usr/bin:/bin"};
  return options;
}

std::string ReadToEnd(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    auto n = ReadSome(Context(), fd, buffer, kLong);
    EXPECT_THAT(n, IsOk());
    if (!n.ok() || *n == 0) return text;
    text.append(buffer, *n);
  }
}

TEST(Subprocess, TalksOverItsPipesAndReportsTheExitCode) {
  auto child = Subprocess::Start(Shell("cat; echo complaint >&2; exit 3"));
  VANG_ASSERT_OK(child);
  VANG_ASSERT_OK(SendAll(Context(), child->input_fd(), "xin chào", kLong));
  child->CloseInput();
  EXPECT_EQ(ReadToEnd(child->output_fd()), "xin chào");
  EXPECT_EQ(ReadToEnd(child->error_fd()), "complaint\n");
  auto status = child->Wait(Context(), kLong);
  VANG_ASSERT_OK(status);
  EXPECT_EQ(*status, (ExitStatus{3, 0}));
  EXPECT_EQ(status->ToString(), "exited with code 3");
  EXPECT_EQ(*child->Wait(Context(), kLong), *status);
}

TEST(Subprocess, GetsItsDescriptorsInOrderAndNoOthers) {
  TempFolder folder;
  const auto path = folder.path() / "file";
  VANG_ASSERT_OK(WriteFileDurably(path, "one"));
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "other", "two"));
  // Not close-on-exec: a child must not see it all the same.
  FileDescriptor leak(::open(path.c_str(), O_RDONLY));
  auto options = Shell("cat; cat <&3; cat <&4; ls /proc/self/fd | sort -n | tail -1");
  options.input = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  options.extra.emplace_back(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  options.extra.emplace_back(::open((folder.path() / "other").c_str(), O_RDONLY | O_CLOEXEC));
  auto child = Subprocess::Start(std::move(options));
  VANG_ASSERT_OK(child);
  EXPECT_EQ(child->input_fd(), -1);
  // 5 is the folder that ls itself has open.
  EXPECT_EQ(ReadToEnd(child->output_fd()), "onetwo5\n");
}

TEST(Subprocess, HasOnlyTheGivenEnvironment) {
  auto options = Shell("");
  options.program = "/usr/bin/env";
  options.args = {};
  auto child = Subprocess::Start(std::move(options));
  VANG_ASSERT_OK(child);
  EXPECT_EQ(ReadToEnd(child->output_fd()), "PATH=/usr/bin:/bin\n");
}

TEST(Subprocess, SaysWhichProgramIsMissing) {
  Subprocess::Options options;
  options.program = "/nonexistent/program";
  EXPECT_THAT(Subprocess::Start(std::move(options)),
              Fails(Code::kNotFound, "/nonexistent/program"));
}

TEST(Subprocess, WaitsNoLongerThanItMayAndKillsOnDemand) {
  auto child = Subprocess::Start(Shell("exec sleep 600"));
  VANG_ASSERT_OK(child);
  EXPECT_THAT(child->Wait(Context(), Duration(1)), HasCode(Code::kDeadlineExceeded));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(child->Wait(Context().WithStop(stop.get_token()), kLong), HasCode(Code::kCancelled));
  child->Kill();
  auto status = child->Wait(Context(), kLong);
  VANG_ASSERT_OK(status);
  EXPECT_EQ(status->signal, SIGKILL);
}

TEST(Subprocess, TellsWorkFromSleep) {
  auto asleep = Subprocess::Start(Shell("echo up; exec sleep 600"));
  auto busy = Subprocess::Start(Shell("while :; do :; done"));
  VANG_ASSERT_OK(asleep);
  VANG_ASSERT_OK(busy);
  while (busy->ProcessorTime() < std::chrono::milliseconds(300)) std::this_thread::yield();
  EXPECT_LT(asleep->ProcessorTime(), std::chrono::milliseconds(250));
  busy->Kill();
  VANG_ASSERT_OK(busy->Wait(Context(), kLong));
  EXPECT_EQ(busy->ProcessorTime().count(), 0);
}

TEST(Subprocess, StopWakesAReadThatWaits) {
  auto child = Subprocess::Start(Shell("exec sleep 600"));
  VANG_ASSERT_OK(child);
  std::stop_source stop;
  std::jthread other([&] { stop.request_stop(); });
  char buffer[16];
  EXPECT_THAT(
      ReadSome(Context().WithStop(stop.get_token()), child->output_fd(), buffer, Duration(600'000)),
      HasCode(Code::kCancelled));
}

TEST(Subprocess, DestructionKillsTheChildAndWhatItStarted) {
  FileDescriptor output;
  pid_t pid = -1;
  {
    auto child = Subprocess::Start(Shell("sleep 600 & echo started; wait"));
    VANG_ASSERT_OK(child);
    char buffer[16];
    VANG_ASSERT_OK(ReadSome(Context(), child->output_fd(), buffer, kLong));
    pid = child->pid();
    output.Reset(::dup(child->output_fd()));
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
  // The end of the pipe only comes once the grandchild has let go of it.
  EXPECT_EQ(ReadToEnd(output.get()), "");
}

TEST(Subprocess, SendingToADeadChildIsAnErrorAndNoSignal) {
  auto child = Subprocess::Start(Shell("exit 0"));
  VANG_ASSERT_OK(child);
  VANG_ASSERT_OK(child->Wait(Context(), kLong));
  EXPECT_THAT(SendAll(Context(), child->input_fd(), "hello", kLong), HasCode(Code::kUnavailable));
}

}  // namespace
}  // namespace vang
