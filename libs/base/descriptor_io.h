// Reading and writing non-blocking descriptors (pipes, sockets) under a Context: a call returns as
// soon as there is something to do, the deadline passes or the stop token fires.
#pragma once

#include <poll.h>

#include <span>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/context.h"

namespace vang {

// Waits until poll(2) reports something on one of `descriptors` and leaves it in `revents`.
// kDeadlineExceeded when the context is late or `cap` has passed, kCancelled when it is stopped.
Status WaitUntilReady(const Context& context, std::span<pollfd> descriptors, Duration cap);

// The same for one descriptor and POLLIN or POLLOUT.
Status WaitUntilReady(const Context& context, int fd, short events, Duration cap);

// Reads what is there, at least one byte; 0 = the other end is closed. Waits at most `cap`.
Result<std::size_t> ReadSome(const Context& context, int fd, std::span<char> buffer, Duration cap);

// Sends all of `bytes` to a socket, waiting at most `cap` for each piece. kUnavailable when the
// other end is gone; never raises SIGPIPE.
Status SendAll(const Context& context, int socket, std::string_view bytes, Duration cap);

}  // namespace vang
