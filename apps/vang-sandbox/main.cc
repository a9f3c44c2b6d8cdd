// vang-sandbox: gives up nearly every right and then becomes another program. See README.md.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "apps/vang-sandbox/syscall_filter.h"

namespace {

constexpr int kCannotConfine = 125;
constexpr int kCannotExecute = 126;
constexpr int kAliveDescriptor = 3;
constexpr rlim_t kOpenFiles = 64;

constexpr char kUsage[] =
    "usage: vang-sandbox MEMORY_BYTES CPU_SECONDS PROGRAM [ARGUMENT]...\n"
    "Runs PROGRAM without network, without writing or opening files beyond its libraries, and\n"
    "within the limits. It reads descriptor 0 as the file /vang-input and writes descriptor 1.\n";

[[noreturn]] void Fail(int code, const char* what, int error) {
  std::fprintf(stderr, "vang-sandbox: %s: %s\n", what, std::strerror(error));
  ::_exit(code);
}

bool ParseNumber(std::string_view text, rlim_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0;
}

void Limit(decltype(RLIMIT_AS) resource, rlim_t value, const char* name, rlim_t grace = 0) {
  const rlimit limit{value, value + grace};
  if (::setrlimit(resource, &limit) != 0) Fail(kCannotConfine, name, errno);
}

// Descriptor 3, when given, is a pipe whose other end only our parent holds: when the parent dies,
// however that may be, the kernel sends SIGKILL. PR_SET_PDEATHSIG would do so already when the
// thread that started us ends.
void DieWithParent() {
  if (::fcntl(kAliveDescriptor, F_GETFD) < 0) return;
  if (::fcntl(kAliveDescriptor, F_SETSIG, SIGKILL) != 0 ||
      ::fcntl(kAliveDescriptor, F_SETOWN, ::getpid()) != 0 ||
      ::fcntl(kAliveDescriptor, F_SETFL, O_ASYNC | O_NONBLOCK) != 0) {
    Fail(kCannotConfine, "cannot watch the parent", errno);
  }
  // The parent may have died before the watch began: then the pipe is at its end already.
  char byte;
  if (::read(kAliveDescriptor, &byte, 1) == 0) ::_exit(kCannotConfine);
}

std::string GuardPath() {
  char self[4096];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0) Fail(kCannotConfine, "cannot find my own folder", errno);
  const std::string path(self, static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/')) + "/vang-sandbox-guard.so";
}

}  // namespace

int main(int argc, char** argv) {
  rlim_t memory = 0, cpu_seconds = 0;
  if (argc < 4 || !ParseNumber(argv[1], memory) || !ParseNumber(argv[2], cpu_seconds)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const std::string guard = GuardPath();
  if (::access(guard.c_str(), R_OK) != 0) Fail(kCannotConfine, guard.c_str(), errno);
  std::string preload = "LD_PRELOAD=" + guard;
  // One core is ours: libraries that start a thread per core would eat the memory limit.
  std::string one_blas_thread = "OPENBLAS_NUM_THREADS=1", one_omp_thread = "OMP_NUM_THREADS=1";
  char* environment[] = {preload.data(), one_blas_thread.data(), one_omp_thread.data(), nullptr};

  ::close_range(kAliveDescriptor + 1, ~0U, 0);
  DieWithParent();
  if (::chdir("/") != 0) Fail(kCannotConfine, "cannot leave the folder", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) Fail(kCannotConfine, "no_new_privs", errno);
  Limit(RLIMIT_CORE, 0, "cannot limit core files");
  Limit(RLIMIT_FSIZE, 0, "cannot limit file sizes");
  Limit(RLIMIT_NOFILE, kOpenFiles, "cannot limit open files");
  // FFmpeg ends in order at SIGXCPU; what does not is killed.
  Limit(RLIMIT_CPU, cpu_seconds, "cannot limit processor time", 5);
  Limit(RLIMIT_AS, memory, "cannot limit memory");
  if (const int error = vang::InstallSyscallFilter(vang::Confinement::kLoading); error != 0) {
    Fail(kCannotConfine, "cannot install the system call filter", -error);
  }
  ::execve(argv[3], argv + 3, environment);
  Fail(kCannotExecute, argv[3], errno);
}
