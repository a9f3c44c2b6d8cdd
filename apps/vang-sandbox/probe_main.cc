// Tries what a taken-over decoder would try and prints what came of it, one line each. For
// sandbox_test.cc only; never installed.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

void Report(const char* what, bool worked) {
  std::printf("%s %s\n", what, worked ? "ok" : std::strerror(errno));
}

bool Forks() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  return pid > 0;
}

void TryEverything() {
  char* const none[] = {nullptr};
  Report("socket", ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
  Report("unix-socket", ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
  Report("create", ::open("/tmp/vang-sandbox-probe", O_WRONLY | O_CREAT, 0600) >= 0);
  Report("write-open", ::open("/dev/null", O_WRONLY) >= 0);
  Report("read-open", ::open("/etc/passwd", O_RDONLY) >= 0);
  Report("fork", Forks());
  Report("kill-parent", ::kill(::getppid(), 0) == 0);
  Report("ptrace", ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
  Report("mount", ::mount("none", "/mnt", "tmpfs", 0, nullptr) == 0);
  Report("unlink", ::unlink("/tmp/vang-sandbox-none") == 0);
  Report("other-descriptor", ::fcntl(7, F_GETFD) >= 0);
  Report("exec", ::execve("/bin/true", none, none) == 0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (what == "environment") {
    for (char** entry = ::environ; *entry != nullptr; ++entry) std::puts(*entry);
  } else if (what == "memory") {
    Report("half",
           ::mmap(nullptr, 1 << 29, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    Report("all",
           ::mmap(nullptr, 1 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  } else if (what == "spin") {
    const volatile bool forever = true;
    while (forever) {
    }
  } else if (what == "wait") {
    std::puts("waiting");
    while (true) ::pause();
  } else {
    const int input = ::open("/vang-input", O_RDONLY);
    char bytes[5] = {};
    if (input < 0 || ::lseek(input, 2, SEEK_SET) != 2 || ::read(input, bytes, 4) != 4) return 1;
    std::printf("input %s\n", bytes);
    TryEverything();
  }
}
