#include "apps/host/stop_signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace vang {
namespace {

// Written by the handler and never read: once there is something in it, every wait is over.
std::array<int, 2> stop_pipe{-1, -1};
std::atomic<int> stop_signals{0};

void OnStopSignal(int signal) {
  if (stop_signals.fetch_add(1) > 0) _exit(128 + signal);
  const int saved = errno;
  const char byte = 1;
  [[maybe_unused]] const ssize_t n = ::write(stop_pipe[1], &byte, 1);
  errno = saved;
}

}  // namespace

Status CatchStopSignals() {
  if (::pipe2(stop_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return ErrnoStatus(errno, "pipe");
  struct sigaction action {};
  action.sa_handler = OnStopSignal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT}) {
    if (::sigaction(signal, &action, nullptr) != 0) return ErrnoStatus(errno, "sigaction");
  }
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return ErrnoStatus(errno, "signal");
  return {};
}

void WaitForStop() {
  while (!WaitForStop(Duration(3'600'000))) {
  }
}

bool WaitForStop(Duration wait) {
  struct pollfd entry {
    stop_pipe[0], POLLIN, 0
  };
  const int ready = ::poll(&entry, 1, static_cast<int>(wait.count()));
  return ready > 0;
}

}  // namespace vang
