#include "libs/base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 forgets that C++ may include this header.
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "libs/base/descriptor_io.h"

namespace vang {
namespace {

struct Pipe {
  FileDescriptor ours;
  FileDescriptor theirs;
};

// The child writes, we read without blocking.
Result<Pipe> OutputPipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe2");
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) != 0) return ErrnoStatus(errno, "fcntl");
  return pipe;
}

// A socket pair and not a pipe: MSG_NOSIGNAL spares us SIGPIPE when the child is gone.
Result<Pipe> InputPipe() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoStatus(errno, "socketpair");
  }
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  ::shutdown(pipe.ours.get(), SHUT_RD);
  if (::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) != 0) return ErrnoStatus(errno, "fcntl");
  return pipe;
}

// posix_spawn's two objects, freed in any case. Failures are memory only and show in posix_spawn.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // The child's descriptors 0, 1, 2 … become copies of `descriptors`; the rest is closed.
  Status Place(const std::vector<int>& descriptors) {
    const int count = static_cast<int>(descriptors.size());
    for (int target = 0; target < count; ++target) {
      // Copies above all targets, so that no dup2 in the child overwrites the source of a later.
      FileDescriptor copy(::fcntl(descriptors[static_cast<std::size_t>(target)], F_DUPFD_CLOEXEC,
                                  count < 3 ? 3 : count));
      if (!copy.valid()) return ErrnoStatus(errno, "cannot copy a descriptor for a child");
      ::posix_spawn_file_actions_adddup2(&actions_, copy.get(), target);
      copies_.push_back(std::move(copy));
    }
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, count);
    return {};
  }

  Result<pid_t> Spawn(const std::string& program, std::vector<std::string> args,
                      std::vector<std::string> env) {
    args.insert(args.begin(), program);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_,
                                    Pointers(args).data(), Pointers(env).data());
    if (error != 0) return ErrnoStatus(error, "cannot start " + program);
    return pid;
  }

 private:
  static std::vector<char*> Pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<FileDescriptor> copies_;
};

ExitStatus ToExitStatus(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {0, WTERMSIG(wait_status)};
  return {WEXITSTATUS(wait_status), 0};
}

}  // namespace

std::string ExitStatus::ToString() const {
  if (signal == 0) return "exited with code " + std::to_string(code);
  const char* name = ::sigdescr_np(signal);
  return "was killed by signal " + std::to_string(signal) + " (" +
         (name != nullptr ? name : "unknown") + ")";
}

Result<Subprocess> Subprocess::Start(Options options) {
  Subprocess child;
  FileDescriptor child_input = std::move(options.input);
  if (!child_input.valid()) {
    VANG_ASSIGN_OR_RETURN(Pipe pipe, InputPipe());
    child.input_ = std::move(pipe.ours);
    child_input = std::move(pipe.theirs);
  }
  VANG_ASSIGN_OR_RETURN(Pipe output, OutputPipe());
  child.output_ = std::move(output.ours);
  FileDescriptor child_error;
  if (options.capture_error) {
    VANG_ASSIGN_OR_RETURN(Pipe error, OutputPipe());
    child.error_ = std::move(error.ours);
    child_error = std::move(error.theirs);
  }
  std::vector<int> descriptors = {child_input.get(), output.theirs.get(),
                                  child_error.valid() ? child_error.get() : STDERR_FILENO};
  for (const FileDescriptor& extra : options.extra) descriptors.push_back(extra.get());

  SpawnPlan plan;
  VANG_RETURN_IF_ERROR(plan.Place(descriptors));
  VANG_ASSIGN_OR_RETURN(
      child.pid_, plan.Spawn(options.program, std::move(options.args), std::move(options.env)));
  child.process_.Reset(::pidfd_open(child.pid_, 0));
  if (!child.process_.valid()) return ErrnoStatus(errno, "pidfd_open");
  return child;
}

Result<Subprocess> Subprocess::Adopt(pid_t pid, FileDescriptor output, FileDescriptor error) {
  Subprocess child;
  child.pid_ = pid;  // first: what fails from here on kills and reaps it
  child.process_.Reset(::pidfd_open(pid, 0));
  if (!child.process_.valid()) return ErrnoStatus(errno, "pidfd_open");
  child.output_ = std::move(output);
  child.error_ = std::move(error);
  return child;
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      reaped_(other.reaped_),
      exit_(other.exit_),
      process_(std::move(other.process_)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      error_(std::move(other.error_)) {}

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  if (this == &other) return *this;
  KillAndReap();
  pid_ = std::exchange(other.pid_, -1);
  reaped_ = other.reaped_;
  exit_ = other.exit_;
  process_ = std::move(other.process_);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  error_ = std::move(other.error_);
  return *this;
}

Subprocess::~Subprocess() { KillAndReap(); }

void Subprocess::Kill() {
  if (process_.valid()) ::pidfd_send_signal(process_.get(), SIGKILL, nullptr, 0);
}

std::chrono::nanoseconds Subprocess::ProcessorTime() const {
  clockid_t clock;
  timespec used{};
  if (reaped_ || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    return {};
  }
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

Result<ExitStatus> Subprocess::Wait(const Context& context, Duration cap) {
  if (reaped_) return exit_;
  VANG_RETURN_IF_ERROR(WaitUntilReady(context, process_.get(), POLLIN, cap));
  return Reap();
}

ExitStatus Subprocess::Reap() {
  // Whatever the child started goes with it. The group's number is still taken: nobody else can
  // have it before waitpid gives it back.
  ::kill(-pid_, SIGKILL);
  int wait_status = 0;
  pid_t got = -1;
  do {
    got = ::waitpid(pid_, &wait_status, 0);
  } while (got < 0 && errno == EINTR);
  // Only a parent that ignores SIGCHLD loses the answer (ECHILD).
  exit_ = got == pid_ ? ToExitStatus(wait_status) : ExitStatus{0, SIGKILL};
  reaped_ = true;
  return exit_;
}

void Subprocess::KillAndReap() {
  if (pid_ < 0 || reaped_) return;
  ::kill(pid_, SIGKILL);
  // SIGKILL cannot be refused, so the wait inside ends.
  Reap();
}

}  // namespace vang
