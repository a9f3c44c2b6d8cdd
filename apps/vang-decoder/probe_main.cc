// vang-decoder with other work to do: tries what a taken-over decoder would try, or brings nothing.
// For tests only; never installed.
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "apps/vang-decoder/confinement.h"
#include "apps/vang-decoder/serve.h"

namespace {

void Say(const std::string& line) {
  [[maybe_unused]] const ssize_t written =
      ::write(vang::kOutput, (line + "\n").data(), line.size() + 1);
}

void Try(const std::string& what, bool worked) {
  Say(what + " " + (worked ? "ok" : std::strerror(errno)));
}

bool Maps(std::size_t bytes, int protection) {
  return ::mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

void TryEverything() {
  char* const none[] = {nullptr};
  char bytes[5] = {};
  const bool read = ::pread(vang::kInput, bytes, 4, 2) == 4;
  Try("input " + std::string(bytes), read);
  Try("write-input", ::write(vang::kInput, "x", 1) == 1);
  Try("other-descriptor", ::pread(7, bytes, 1, 0) == 1);
  Try("copy-descriptor", ::dup(vang::kInput) >= 0);
  Try("read-alive", ::read(vang::kAlive, bytes, 1) == 1);
  Try("socket", ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
  Try("unix-socket", ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
  Try("create", ::open("/tmp/vang-decoder-probe", O_WRONLY | O_CREAT, 0600) >= 0);
  Try("read-open", ::open("/etc/passwd", O_RDONLY) >= 0);
  Try("stat", ::access("/etc/passwd", R_OK) == 0);
  Try("fork", ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0) >= 0);
  Try("kill-parent", ::kill(::getppid(), 0) == 0);
  Try("ptrace", ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
  Try("mount", ::mount("none", "/mnt", "tmpfs", 0, nullptr) == 0);
  Try("unlink", ::unlink("/tmp/vang-decoder-none") == 0);
  Try("code", Maps(4'096, PROT_READ | PROT_EXEC));
  Try("half-the-memory", Maps(std::size_t{1} << 29, PROT_READ));
  Try("all-the-memory", Maps(std::size_t{1} << 30, PROT_READ));
  Try("exec", ::execve("/bin/true", none, none) == 0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  return vang::Serve(STDIN_FILENO, [what](const vang::decoder_wire::Order&) {
    if (what == "everything") TryEverything();
    if (what == "crash") ::raise(SIGSEGV);
    if (what == "nonsense") [[maybe_unused]]
      const ssize_t n = ::write(vang::kReport, "x", 1);
    const volatile bool forever = what == "spin" || what == "wait";
    int never = 0;
    while (forever) {
      if (what == "wait") ::syscall(SYS_futex, &never, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    }
    return vang::decoder_wire::Report();
  });
}
