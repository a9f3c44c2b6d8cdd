// What a taken-over child of vang-decoder can still do, tried by one that tries it.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/adapters/audio_decoder/ffmpeg/warm_decoder.h"
#include "libs/base/descriptor_io.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

constexpr Duration kLong{60'000};

class Confinement : public testing::Test {
 protected:
  // A child of the probe that does `what`.
  Result<DecodingChild> Start(const std::string& what, std::uint64_t processor_seconds = 60) {
    const std::string script = (folder_.path() / "probe.sh").string();
    VANG_RETURN_IF_ERROR(WriteFileDurably(
        script, "#!/bin/sh\nexec " VANG_BINARY_DIR "/tests/vang-decoder-probe " + what + "\n"));
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    VANG_RETURN_IF_ERROR(WriteFileDurably(folder_.path() / "input", "0123456789"));
    const FileDescriptor input(::open((folder_.path() / "input").c_str(), O_RDWR | O_CLOEXEC));
    decoder_ = std::make_unique<WarmDecoder>(script, nullptr);
    decoder_wire::Order order;
    order.memory_bytes = std::uint64_t{1} << 30;
    order.processor_seconds = processor_seconds;
    return decoder_->Start(Context(), input.get(), order);
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
  std::unique_ptr<WarmDecoder> decoder_;
};

TEST_F(Confinement, LeavesTheInputAndTheOutputAndNothingElse) {
  auto child = Start("everything");
  VANG_ASSERT_OK(child);
  EXPECT_EQ(Output(child->process.output_fd()),
            "input 2345 ok\n"
            "write-input Operation not permitted\n"
            "other-descriptor Operation not permitted\n"
            "copy-descriptor Operation not permitted\n"
            "read-alive Operation not permitted\n"
            "socket Operation not permitted\n"
            "unix-socket Operation not permitted\n"
            "create Operation not permitted\n"
            "read-open Operation not permitted\n"
            "stat Operation not permitted\n"
            "fork Operation not permitted\n"
            "kill-parent Operation not permitted\n"
            "ptrace Operation not permitted\n"
            "mount Operation not permitted\n"
            "unlink Operation not permitted\n"
            "code Operation not permitted\n"
            "half-the-memory ok\n"
            "all-the-memory Cannot allocate memory\n"
            "exec Operation not permitted\n");
}

TEST_F(Confinement, LimitsProcessorTime) {
  auto child = Start("spin", 1);
  VANG_ASSERT_OK(child);
  auto exit = child->process.Wait(Context(), kLong);
  VANG_ASSERT_OK(exit);
  EXPECT_EQ(exit->signal, SIGXCPU);
}

TEST_F(Confinement, DiesWhenTheOtherEndOfItsPipeCloses) {
  auto child = Start("wait");
  VANG_ASSERT_OK(child);
  child->alive.Reset();
  auto exit = child->process.Wait(Context(), kLong);
  VANG_ASSERT_OK(exit);
  // At once, or before it began to watch.
  EXPECT_TRUE(exit->signal == SIGKILL || exit->ok()) << exit->ToString();
}

TEST_F(Confinement, OutlivesTheProgramThatForkedIt) {
  auto child = Start("wait");
  VANG_ASSERT_OK(child);
  decoder_.reset();
  EXPECT_THAT(child->process.Wait(Context(), Duration(20)), HasCode(Code::kDeadlineExceeded));
}

TEST(Program, IsNotForPeople) {
  Subprocess::Options options;
  options.program = VANG_BINARY_DIR "/bin/vang-decoder";
  options.args = {"file.mp3"};
  auto program = Subprocess::Start(std::move(options));
  VANG_ASSERT_OK(program);
  EXPECT_EQ(program->Wait(Context(), kLong)->code, 2);
}

// As when whoever started it dies.
TEST(Program, EndsWithItsSocket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  FileDescriptor ours(ends[0]);
  Subprocess::Options options;
  options.program = VANG_BINARY_DIR "/bin/vang-decoder";
  options.input.Reset(ends[1]);
  auto program = Subprocess::Start(std::move(options));
  VANG_ASSERT_OK(program);
  ours.Reset();
  auto exit = program->Wait(Context(), kLong);
  VANG_ASSERT_OK(exit);
  EXPECT_TRUE(exit->ok()) << exit->ToString();
}

}  // namespace
}  // namespace vang
