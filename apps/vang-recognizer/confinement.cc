#include "apps/vang-recognizer/confinement.h"

#include <poll.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <thread>

namespace vang {
namespace {

Status Limit(__rlimit_resource resource, rlim_t value, const char* what) {
  const rlimit limit{value, value};
  if (::setrlimit(resource, &limit) != 0) return ErrnoStatus(errno, what);
  return {};
}

// What is refused answers EPERM, so that a library that tries gets an error and not a signal.
constexpr int kRefused[] = {SCMP_SYS(socket),
                            SCMP_SYS(socketpair),
                            SCMP_SYS(connect),
                            SCMP_SYS(bind),
                            SCMP_SYS(listen),
                            SCMP_SYS(accept),
                            SCMP_SYS(accept4),
                            SCMP_SYS(execve),
                            SCMP_SYS(execveat),
                            SCMP_SYS(fork),
                            SCMP_SYS(vfork),
                            SCMP_SYS(ptrace),
                            SCMP_SYS(kill),
                            SCMP_SYS(process_vm_readv),
                            SCMP_SYS(process_vm_writev),
                            SCMP_SYS(unlink),
                            SCMP_SYS(unlinkat),
                            SCMP_SYS(rename),
                            SCMP_SYS(renameat),
                            SCMP_SYS(renameat2),
                            SCMP_SYS(mkdir),
                            SCMP_SYS(mkdirat),
                            SCMP_SYS(rmdir),
                            SCMP_SYS(truncate),
                            SCMP_SYS(chmod),
                            SCMP_SYS(fchmodat),
                            SCMP_SYS(chown),
                            SCMP_SYS(fchownat),
                            SCMP_SYS(symlink),
                            SCMP_SYS(symlinkat),
                            SCMP_SYS(link),
                            SCMP_SYS(linkat),
                            SCMP_SYS(mount),
                            SCMP_SYS(umount2),
                            SCMP_SYS(unshare),
                            SCMP_SYS(setns),
                            SCMP_SYS(bpf),
                            SCMP_SYS(perf_event_open),
                            SCMP_SYS(keyctl),
                            SCMP_SYS(add_key),
                            SCMP_SYS(request_key),
                            SCMP_SYS(userfaultfd),
                            SCMP_SYS(io_uring_setup)};

Status Filter() {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_ALLOW),
                                                                &seccomp_release);
  if (filter == nullptr) return Internal("seccomp_init failed");
  // Threads that run already (EndWithParent's) are to be held by it too.
  if (const int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); error != 0) {
    return ErrnoStatus(-error, "seccomp_attr_set");
  }
  for (const int call : kRefused) {
    if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
        error != 0) {
      return ErrnoStatus(-error, "seccomp_rule_add");
    }
  }
  if (const int error = seccomp_load(filter.get()); error != 0) {
    return ErrnoStatus(-error, "seccomp_load");
  }
  return {};
}

}  // namespace

Status Confine(std::uint64_t memory_limit) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoStatus(errno, "no_new_privs");
  VANG_RETURN_IF_ERROR(Limit(RLIMIT_CORE, 0, "limiting core dumps"));
  VANG_RETURN_IF_ERROR(Limit(RLIMIT_NOFILE, 64, "limiting open files"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The sanitizers reserve terabytes and write what they find to files.
  VANG_RETURN_IF_ERROR(Limit(RLIMIT_FSIZE, 0, "limiting the size of files"));
  if (memory_limit > 0) {
    VANG_RETURN_IF_ERROR(Limit(RLIMIT_AS, memory_limit, "limiting memory"));
  }
#else
  (void)memory_limit;
#endif
  return Filter();
}

void EndWithParent(int input) {
  std::thread([input] {
    pollfd wait{input, POLLRDHUP, 0};
    while (true) {
      const int ready = ::poll(&wait, 1, -1);
      if (ready > 0 && (wait.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0) ::_exit(0);
      if (ready < 0 && errno != EINTR) return;
    }
  }).detach();
}

}  // namespace vang
