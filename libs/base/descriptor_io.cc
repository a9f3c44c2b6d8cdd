#include "libs/base/descriptor_io.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "libs/base/file.h"

namespace vang {

Status WaitUntilReady(const Context& context, std::span<pollfd> descriptors, Duration cap) {
  VANG_RETURN_IF_ERROR(context.Check());
  const Context limited = context.WithTimeout(cap);
  // Wakes the poll when the context is stopped from another thread.
  FileDescriptor wake;
  if (context.stop().stop_possible()) {
    wake.Reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake.valid()) return ErrnoStatus(errno, "eventfd");
  }
  const int wake_fd = wake.get();
  std::stop_callback on_stop(context.stop(), [wake_fd] {
    const std::uint64_t one = 1;
    // Cannot fail: the counter of a fresh eventfd has room.
    [[maybe_unused]] const ssize_t written = ::write(wake_fd, &one, sizeof(one));
  });
  std::vector<pollfd> waits(descriptors.begin(), descriptors.end());
  waits.push_back({wake_fd, POLLIN, 0});  // poll leaves out a negative descriptor
  while (true) {
    // One millisecond more, so that rounding down does not poll in circles at the end.
    const auto left = limited.Remaining(Duration(60'000)) + Duration(1);
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, "poll");
    if (ready > (waits.back().revents != 0 ? 1 : 0)) {
      std::copy_n(waits.begin(), descriptors.size(), descriptors.begin());
      return {};
    }
    VANG_RETURN_IF_ERROR(context.Check());
    if (!limited.Check().ok()) {
      return DeadlineExceeded("nothing came within " + std::to_string(cap.count()) + " ms");
    }
  }
}

Status WaitUntilReady(const Context& context, int fd, short events, Duration cap) {
  pollfd descriptor{fd, events, 0};
  return WaitUntilReady(context, std::span(&descriptor, 1), cap);
}

Result<std::size_t> ReadSome(const Context& context, int fd, std::span<char> buffer, Duration cap) {
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return ErrnoStatus(errno, "read");
    VANG_RETURN_IF_ERROR(WaitUntilReady(context, fd, POLLIN, cap));
  }
}

Status SendAll(const Context& context, int socket, std::string_view bytes, Duration cap) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      VANG_RETURN_IF_ERROR(WaitUntilReady(context, socket, POLLOUT, cap));
    } else if (errno != EINTR) {
      return ErrnoStatus(errno, "send");
    }
  }
  return {};
}

}  // namespace vang
