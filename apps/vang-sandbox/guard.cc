// Preloaded into the confined program. The one file it may read has a name that exists nowhere,
// kInputPath; the moment the program opens it, before any hostile byte is read, the gate shuts:
// from then on nothing else can be opened, executed or connected. Without this library the name
// cannot be opened, so a program that runs unguarded reads nothing.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "apps/vang-sandbox/syscall_filter.h"

namespace {

constexpr char kInputPath[] = "/vang-input";

int Open(const char* path, int flags, mode_t mode) {
  if (std::strcmp(path, kInputPath) != 0) {
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  }
  if (const int error = vang::InstallSyscallFilter(vang::Confinement::kDecoding); error != 0) {
    errno = -error;
    return -1;
  }
  return ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

}  // namespace

// Stand in for the C library's functions of these names.
extern "C" {

__attribute__((visibility("default"))) int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return Open(path, flags, mode);
}

__attribute__((visibility("default"))) int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return Open(path, flags, mode);
}

}  // extern "C"
