#include "apps/vang-sandbox/syscall_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <initializer_list>

namespace vang {
namespace {

// Memory, threads, time, and the descriptors that are already open.
constexpr int kAlways[] = {
    SCMP_SYS(read),         SCMP_SYS(readv),           SCMP_SYS(pread64),
    SCMP_SYS(write),        SCMP_SYS(writev),          SCMP_SYS(lseek),
    SCMP_SYS(_llseek),      SCMP_SYS(close),           SCMP_SYS(dup),
    SCMP_SYS(fstat),        SCMP_SYS(fstat64),         SCMP_SYS(mmap),
    SCMP_SYS(mmap2),        SCMP_SYS(munmap),          SCMP_SYS(mprotect),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),         SCMP_SYS(brk),
    SCMP_SYS(futex),        SCMP_SYS(futex_time64),    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),         SCMP_SYS(set_tid_address), SCMP_SYS(arch_prctl),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),          SCMP_SYS(sched_yield),
    SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime),   SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(getrusage),       SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),  SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn),    SCMP_SYS(sigaltstack),     SCMP_SYS(restart_syscall),
    SCMP_SYS(poll),         SCMP_SYS(ppoll),           SCMP_SYS(exit),
    SCMP_SYS(exit_group),   SCMP_SYS(membarrier),      SCMP_SYS(uname),
};

// What the loader and the constructors of libraries ask for.
constexpr int kLoadingOnly[] = {
    SCMP_SYS(execve),     SCMP_SYS(access),     SCMP_SYS(faccessat),     SCMP_SYS(faccessat2),
    SCMP_SYS(stat),       SCMP_SYS(newfstatat), SCMP_SYS(fstatat64),     SCMP_SYS(statx),
    SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(statfs),        SCMP_SYS(statfs64),
    SCMP_SYS(getdents64), SCMP_SYS(getcwd),     SCMP_SYS(getuid),        SCMP_SYS(geteuid),
    SCMP_SYS(getgid),     SCMP_SYS(getegid),    SCMP_SYS(getppid),       SCMP_SYS(sysinfo),
    SCMP_SYS(mlock),      SCMP_SYS(mbind),      SCMP_SYS(get_mempolicy), SCMP_SYS(set_mempolicy),
    SCMP_SYS(seccomp),
};

// Opening is reading: no access mode but O_RDONLY and none of the flags that make or change a file.
constexpr std::uint64_t kWritingFlags = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE;

// `filter` collects the first error, so that the rules below read as a list.
class Filter {
 public:
  explicit Filter(scmp_filter_ctx context) : context_(context) {
    Keep(context == nullptr ? -ENOMEM : 0);
    Keep(seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1));
    // Set by vang-sandbox; a second time would be refused by the first filter.
    Keep(seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0));
  }
  ~Filter() { seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void Allow(int call) { Keep(seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 0)); }
  // Only when argument `index`, masked, has the value.
  void AllowIf(int call, unsigned index, std::uint64_t mask, std::uint64_t value) {
    Keep(seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 1,
                          SCMP_CMP(index, SCMP_CMP_MASKED_EQ, mask, value)));
  }
  void Refuse(int call, unsigned error) {
    Keep(seccomp_rule_add(context_, SCMP_ACT_ERRNO(error), call, 0));
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

constexpr std::uint64_t kWhole = ~std::uint64_t{0};

void AllowWithArguments(Filter& filter) {
  const auto self = static_cast<std::uint64_t>(::getpid());
  filter.AllowIf(SCMP_SYS(tgkill), 0, kWhole, self);  // abort()
  filter.AllowIf(SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
  // Its flags lie in memory where no filter sees them; the C library then takes clone.
  filter.Refuse(SCMP_SYS(clone3), ENOSYS);
  filter.AllowIf(SCMP_SYS(ioctl), 1, kWhole, TCGETS);
  filter.AllowIf(SCMP_SYS(prlimit64), 2, kWhole, 0);  // to read a limit, not to set one
  filter.AllowIf(SCMP_SYS(prctl), 0, kWhole, PR_SET_NAME);
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC}) {
    filter.AllowIf(SCMP_SYS(fcntl), 1, kWhole, static_cast<std::uint64_t>(command));
    filter.AllowIf(SCMP_SYS(fcntl64), 1, kWhole, static_cast<std::uint64_t>(command));
  }
}

}  // namespace

int InstallSyscallFilter(Confinement confinement) {
  Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  for (const int call : kAlways) filter.Allow(call);
  AllowWithArguments(filter);
  if (confinement == Confinement::kLoading) {
    for (const int call : kLoadingOnly) filter.Allow(call);
    filter.AllowIf(SCMP_SYS(openat), 2, kWritingFlags & ~std::uint64_t{O_DIRECTORY}, O_RDONLY);
    filter.AllowIf(SCMP_SYS(open), 1, kWritingFlags & ~std::uint64_t{O_DIRECTORY}, O_RDONLY);
    filter.AllowIf(SCMP_SYS(prctl), 0, kWhole, PR_CAPBSET_READ);
  }
  return filter.Install();
}

}  // namespace vang
