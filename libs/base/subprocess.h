// A child process with its pipes, for programs whose input is hostile or that may crash. Started
// with posix_spawn, so that it is safe in a parent with many threads.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/base/file.h"

namespace vang {

// How a child ended: `signal` is 0 when it exited by itself, with `code`.
struct ExitStatus {
  int code = 0;
  int signal = 0;

  bool ok() const { return code == 0 && signal == 0; }
  // "exited with code 1", "was killed by signal 11 (Segmentation fault)".
  std::string ToString() const;

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

// Owns the process and our ends of its pipes. The destructor kills and reaps. Kill is safe from any
// thread while the object lives; everything else belongs to one thread.
class Subprocess {
 public:
  struct Options {
    std::string program;            // a path; PATH is not searched
    std::vector<std::string> args;  // after argv[0], which is `program`
    std::vector<std::string> env;   // NAME=value, the whole of it
    FileDescriptor input;           // the child's descriptor 0; invalid = a socket, see input_fd()
    std::vector<FileDescriptor> extra;  // the child's descriptors 3, 4, …
    bool capture_error = true;          // false: the child shares our standard error
  };

  // The child gets descriptors 0, 1, 2 and `extra` and no others, default signal handling, and a
  // process group of its own, so that a Ctrl-C meant for us does not reach it. kNotFound or
  // kPermissionDenied when the program cannot be run.
  static Result<Subprocess> Start(Options options);

  // Takes over a child of ours, not waited for yet, that another process has made (CLONE_PARENT)
  // and put into a process group of its own, with our non-blocking ends of its pipes.
  static Result<Subprocess> Adopt(pid_t pid, FileDescriptor output, FileDescriptor error);

  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&& other) noexcept;
  ~Subprocess();

  pid_t pid() const { return pid_; }

  // Our ends, non-blocking; use libs/base/descriptor_io.h. The input is a socket (SendAll) and is
  // -1 when Options::input was given; the error pipe is -1 when it is not captured.
  int input_fd() const { return input_.get(); }
  int output_fd() const { return output_.get(); }
  int error_fd() const { return error_.get(); }
  // The child reads the end of its input.
  void CloseInput() { input_.Reset(); }

  // The processor time that the child itself has used so far; 0 once it has ended.
  std::chrono::nanoseconds ProcessorTime() const;

  // SIGKILL. What the child started itself is killed when the child is reaped.
  void Kill();

  // Waits for the end and reaps, at most `cap`; kDeadlineExceeded and kCancelled leave the child
  // running. Repeats its answer once the child is reaped.
  Result<ExitStatus> Wait(const Context& context, Duration cap);

 private:
  Subprocess() = default;
  ExitStatus Reap();
  void KillAndReap();

  pid_t pid_ = -1;
  bool reaped_ = false;
  ExitStatus exit_;
  FileDescriptor process_;  // a pidfd: readable when the child has ended
  FileDescriptor input_;
  FileDescriptor output_;
  FileDescriptor error_;
};

}  // namespace vang
