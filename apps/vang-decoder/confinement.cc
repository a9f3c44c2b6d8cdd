#include "apps/vang-decoder/confinement.h"

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace vang {
namespace {

// Memory, time and the end. What of it takes a descriptor or makes memory executable stands below.
constexpr int kAllowed[] = {
    SCMP_SYS(munmap),       SCMP_SYS(mremap),          SCMP_SYS(madvise),
    SCMP_SYS(brk),          SCMP_SYS(futex),           SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime64), SCMP_SYS(futex_time64),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),          SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn),    SCMP_SYS(sigreturn),
    SCMP_SYS(sched_yield),  SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

// Collects the first error, so that the rules below read as a list.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    Keep(context_ == nullptr ? -ENOMEM : 0);
  }
  ~Filter() { seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void Allow(int call) { Keep(seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 0)); }
  // Only when argument `index` has the value under the mask.
  void AllowIf(int call, unsigned index, std::uint64_t mask, std::uint64_t value) {
    Keep(seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 1,
                          SCMP_CMP(index, SCMP_CMP_MASKED_EQ, mask, value)));
  }
  int Install() {
    if (error_ == 0) Keep(seccomp_load(context_));
    return error_;
  }

 private:
  void Keep(int result) {
    if (error_ == 0 && result < 0) error_ = result;
  }

  scmp_filter_ctx context_;
  int error_ = 0;
};

int InstallFilter() {
  constexpr std::uint64_t kWhole = ~std::uint64_t{0};
  Filter filter;
  for (const int call : kAllowed) filter.Allow(call);
  filter.AllowIf(SCMP_SYS(pread64), 0, kWhole, kInput);
  filter.AllowIf(SCMP_SYS(write), 0, kWhole, kOutput);
  filter.AllowIf(SCMP_SYS(write), 0, kWhole, kReport);
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)}) {
    filter.AllowIf(call, 2, PROT_EXEC, 0);
  }
  filter.AllowIf(SCMP_SYS(tgkill), 0, kWhole, static_cast<std::uint64_t>(::getpid()));  // abort()
  return -filter.Install();
}

int Limit(decltype(RLIMIT_AS) resource, rlim_t value, rlim_t grace = 0) {
  const rlimit limit{value, value + grace};
  return ::setrlimit(resource, &limit) == 0 ? 0 : errno;
}

// The kernel sends SIGKILL when the pipe's other end is closed, however our parent ends.
// PR_SET_PDEATHSIG would do so already when the thread that started us ends.
int DieWithParent() {
  if (::fcntl(kAlive, F_SETSIG, SIGKILL) != 0 || ::fcntl(kAlive, F_SETOWN, ::getpid()) != 0 ||
      ::fcntl(kAlive, F_SETFL, O_ASYNC | O_NONBLOCK) != 0) {
    return errno;
  }
  // The parent may have died before the watch began: then the pipe is at its end already.
  char byte;
  return ::read(kAlive, &byte, 1) == 0 ? EPIPE : 0;
}

}  // namespace

ConfinementError Confine(const Limits& limits) {
  if (const int error = DieWithParent(); error != 0) return {"cannot watch the parent", error};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {"cannot give up privileges", errno};
  if (const int error = Limit(RLIMIT_CORE, 0); error != 0)
    return {"cannot limit core files", error};
  if (const int error = Limit(RLIMIT_FSIZE, 0); error != 0) return {"cannot limit files", error};
  if (const int error = Limit(RLIMIT_NOFILE, kAlive + 1); error != 0) {
    return {"cannot limit open files", error};
  }
  if (const int error = Limit(RLIMIT_CPU, limits.processor_seconds, 5); error != 0) {
    return {"cannot limit processor time", error};
  }
  if (const int error = Limit(RLIMIT_AS, limits.memory_bytes); error != 0) {
    return {"cannot limit memory", error};
  }
  if (const int error = InstallFilter(); error != 0) {
    return {"cannot install the system call filter", error};
  }
  return {};
}

}  // namespace vang
