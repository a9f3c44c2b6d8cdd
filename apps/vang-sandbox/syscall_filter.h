// The system calls that a confined program may make, as a seccomp filter in two strengths.
#pragma once

namespace vang {

enum class Confinement {
  // From before the exec: enough to load a program and its libraries. Files can be opened to read;
  // nothing can be written, connected, traced, or signalled.
  kLoading,
  // From the moment the input is opened: nothing more can be opened or executed.
  kDecoding,
};

// Installs the filter for all threads of this process; it can never be lifted. 0, or -errno. A call
// that is not allowed fails with EPERM.
int InstallSyscallFilter(Confinement confinement);

}  // namespace vang
