// What a program can still do inside of vang-sandbox, tried by a program that tries it.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libs/base/descriptor_io.h"
#include "libs/base/status_matchers.h"
#include "libs/base/subprocess.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

constexpr Duration kLong{60'000};

class Sandbox : public testing::Test {
 protected:
  Result<Subprocess> Start(std::vector<std::string> args, FileDescriptor alive = {}) {
    VANG_RETURN_IF_ERROR(WriteFileDurably(folder_.path() / "input", "0123456789"));
    Subprocess::Options options;
    options.program = VANG_BINARY_DIR "/bin/vang-sandbox";
    options.args = std::move(args);
    options.env = {"SECRET=1"};
    options.input.Reset(::open((folder_.path() / "input").c_str(), O_RDWR | O_CLOEXEC));
    if (alive.valid()) options.extra.push_back(std::move(alive));
    return Subprocess::Start(std::move(options));
  }

  static std::vector<std::string> Probe(const std::string& what, const std::string& cpu = "60") {
    return {"1073741824", cpu, VANG_BINARY_DIR "/tests/vang-sandbox-probe", what};
  }

  static std::string Output(int fd) {
    std::string text;
    char buffer[4096];
    while (true) {
      auto n = ReadSome(Context(), fd, buffer, kLong);
      if (!n.ok() || *n == 0) return text;
      text.append(buffer, *n);
    }
  }

  TempFolder folder_;
};

TEST_F(Sandbox, LetsTheProgramReadItsInputAndNothingElse) {
  auto child = Start(Probe("everything"));
  VANG_ASSERT_OK(child);
  EXPECT_EQ(Output(child->output_fd()),
            "input 2345\n"
            "socket Operation not permitted\n"
            "unix-socket Operation not permitted\n"
            "create Operation not permitted\n"
            "write-open Operation not permitted\n"
            "read-open Operation not permitted\n"
            "fork Operation not permitted\n"
            "kill-parent Operation not permitted\n"
            "ptrace Operation not permitted\n"
            "mount Operation not permitted\n"
            "unlink Operation not permitted\n"
            "other-descriptor Bad file descriptor\n"
            "exec Operation not permitted\n");
}

TEST_F(Sandbox, ConfinesAProgramThatNeverOpensTheInputToo) {
  auto child = Start(
      {"1073741824", "60", "/bin/sh", "-c", "echo stolen > " + (folder_.path() / "new").string()});
  VANG_ASSERT_OK(child);
  EXPECT_THAT(Output(child->error_fd()), testing::HasSubstr("Operation not permitted"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "new"));
}

TEST_F(Sandbox, EmptiesTheEnvironment) {
  auto child = Start(Probe("environment"));
  VANG_ASSERT_OK(child);
  EXPECT_THAT(Output(child->output_fd()), testing::Not(testing::HasSubstr("SECRET")));
}

TEST_F(Sandbox, LimitsMemory) {
  auto child = Start(Probe("memory"));
  VANG_ASSERT_OK(child);
  EXPECT_EQ(Output(child->output_fd()), "half ok\nall Cannot allocate memory\n");
}

TEST_F(Sandbox, LimitsProcessorTime) {
  auto child = Start(Probe("spin", "1"));
  VANG_ASSERT_OK(child);
  auto exit = child->Wait(Context(), kLong);
  VANG_ASSERT_OK(exit);
  EXPECT_EQ(exit->signal, SIGXCPU);
}

TEST_F(Sandbox, DiesWhenTheOtherEndOfItsPipeCloses) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FileDescriptor ours(ends[1]);
  auto child = Start(Probe("wait"), FileDescriptor(ends[0]));
  VANG_ASSERT_OK(child);
  char buffer[64];
  VANG_ASSERT_OK(ReadSome(Context(), child->output_fd(), buffer, kLong));
  ours.Reset();
  auto exit = child->Wait(Context(), kLong);
  VANG_ASSERT_OK(exit);
  EXPECT_EQ(exit->signal, SIGKILL);
}

TEST_F(Sandbox, SaysWhatIsWrongWithItsOwnCommandLine) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{}, {"1", "2"}, {"x", "1", "/bin/true"}, {"1", "0", "/bin/true"}}) {
    auto child = Start(args);
    VANG_ASSERT_OK(child);
    EXPECT_THAT(Output(child->error_fd()), testing::HasSubstr("usage: vang-sandbox"));
    EXPECT_EQ(child->Wait(Context(), kLong)->code, 2);
  }
  auto child = Start({"1073741824", "1", "/nonexistent/program"});
  VANG_ASSERT_OK(child);
  EXPECT_THAT(Output(child->error_fd()), testing::HasSubstr("/nonexistent/program"));
  EXPECT_EQ(child->Wait(Context(), kLong)->code, 126);
}

}  // namespace
}  // namespace vang
