#include "apps/vang-decoder/serve.h"

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "apps/vang-decoder/confinement.h"

namespace vang {
namespace {

using decoder_wire::kDescriptors;
using decoder_wire::Order;
using decoder_wire::Report;
using decoder_wire::Started;

struct Received {
  Order order;
  int descriptors[kDescriptors];
};

// False at the end of the orders, and, with errno set, when what comes is no order.
bool Receive(int socket, Received* received) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(received->descriptors))] = {};
  iovec bytes{&received->order, sizeof(received->order)};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t n = 0;
  do {
    errno = 0;
    n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (n != sizeof(received->order) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(received->descriptors))) {
    errno = EBADMSG;
    return false;
  }
  std::memcpy(received->descriptors, CMSG_DATA(header), sizeof(received->descriptors));
  return true;
}

// One write: a pipe takes it whole or, when nobody reads, not at all.
template <typename T>
void Tell(int pipe, const T& message) {
  [[maybe_unused]] const ssize_t written = ::write(pipe, &message, sizeof(message));
}

Report CarryOut(const Order& order, const Work& work) {
  const ConfinementError failed = Confine({order.memory_bytes, order.processor_seconds});
  if (failed.what == nullptr) return work(order);
  Report report;
  report.ending = decoder_wire::Ending::kCannotRun;
  std::snprintf(report.message, sizeof(report.message), "%s: %s", failed.what,
                std::strerror(failed.error));
  return report;
}

[[noreturn]] void BecomeChild(const Received& received, const Work& work) {
  // All of these lie above 2, and the last target is the only other that may be one of them.
  for (int target = 0; target < kDescriptors; ++target) {
    if (::dup2(received.descriptors[target], target) != target) ::_exit(1);
  }
  ::close_range(kDescriptors, ~0U, 0);
  // A group of its own, as whoever reaps it expects.
  if (::setpgid(0, 0) != 0) ::_exit(1);
  Tell(kReport, Started{::getpid()});
  Tell(kReport, CarryOut(received.order, work));
  ::_exit(0);
}

}  // namespace

int Serve(int socket, const Work& work) {
  Received received;
  while (Receive(socket, &received)) {
    received.order.demuxer[sizeof(received.order.demuxer) - 1] = '\0';
    // The C library's fork cannot give the child to our parent.
    const long pid = ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0);
    if (pid == 0) BecomeChild(received, work);
    if (pid < 0) Tell(received.descriptors[kReport], Started{-errno});
    for (const int descriptor : received.descriptors) ::close(descriptor);
  }
  if (errno == 0) return 0;
  std::fprintf(stderr, "vang-decoder: cannot take an order: %s\n", std::strerror(errno));
  return 1;
}

}  // namespace vang
