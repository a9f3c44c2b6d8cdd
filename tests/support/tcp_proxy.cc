#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/file.h"
#include "tests/support/free_ports.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

enum class Mode { kPass, kRefuse, kSlow, kCut };

struct Rule {
  Mode mode = Mode::kPass;
  Duration pause{0};
  std::uint64_t bytes = 0;
};

FileDescriptor NewSocket() {
  return FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// One direction of a connection. What was read waits in `held` until the other side takes it, and
// no more is read meanwhile.
struct Flow {
  std::string held;
  bool ended = false;   // nothing more comes
  bool closed = false;  // and the other side knows
};

struct Connection {
  FileDescriptor client;
  FileDescriptor server;
  bool connecting = true;
  Flow requests;
  Flow answers;
  std::uint64_t answered = 0;      // bytes, since the rule was made
  SteadyClock::time_point next{};  // of a slow answer's byte
  bool broken = false;
};

// Reads what is there; false = the connection is broken.
bool Fill(int fd, Flow* flow) {
  std::array<char, 16'384> buffer{};
  const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) flow->ended = true;
  flow->held.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

// Sends up to `most` bytes of what waits; false = the connection is broken.
bool Drain(int fd, std::size_t most, Flow* flow, std::uint64_t* sent) {
  const std::size_t size = std::min(flow->held.size(), most);
  if (size > 0) {
    const ssize_t n = ::send(fd, flow->held.data(), size, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    flow->held.erase(0, static_cast<std::size_t>(n));
    *sent += static_cast<std::uint64_t>(n);
  }
  if (flow->ended && flow->held.empty() && !flow->closed) {
    ::shutdown(fd, SHUT_WR);
    flow->closed = true;
  }
  return true;
}

// Closing sends a reset, not an end.
void Reset(FileDescriptor* fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd->Reset();
}

}  // namespace

struct TcpProxy::Impl {
  int server_port = 0;
  int port = 0;
  FileDescriptor listener;
  FileDescriptor wake;
  mutable std::mutex mutex;
  Rule rule;
  std::uint64_t changes = 0;  // of the rule
  std::uint64_t cuts = 0;
  bool stopping = false;
  std::thread thread;
  // Of the thread.
  bool listening = true;
  std::uint64_t changes_seen = 0;
  std::list<Connection> connections;

  void Set(const Rule& next) {
    std::unique_lock<std::mutex> lock(mutex);
    rule = next;
    ++changes;
    lock.unlock();
    Wake();
  }

  void Wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
  }

  void Listen(bool on) {
    if (on == listening) return;
    // A socket that no longer listens keeps its port, and the kernel refuses for it.
    if (!on) ::shutdown(listener.get(), SHUT_RD);
    listening = on && ::listen(listener.get(), 128) == 0;
  }

  void Accept() {
    while (true) {
      FileDescriptor client(
          ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!client.valid()) return;
      Connection connection;
      connection.client = std::move(client);
      connection.server = NewSocket();
      const sockaddr_in address = Loopback(server_port);
      if (::connect(connection.server.get(), reinterpret_cast<const sockaddr*>(&address),
                    sizeof address) != 0 &&
          errno != EINPROGRESS) {
        Reset(&connection.client);
        continue;
      }
      connections.push_back(std::move(connection));
    }
  }

  // How many bytes of answer may go now.
  static std::size_t Allowed(const Rule& now, const Connection& connection) {
    if (now.mode == Mode::kSlow) return SteadyClock::now() >= connection.next ? 1 : 0;
    if (now.mode == Mode::kCut) return now.bytes - std::min(now.bytes, connection.answered);
    return std::string::npos;
  }

  void Move(const Rule& now, const pollfd& client, const pollfd& server, Connection* connection) {
    const auto ready = [](const pollfd& waited, short events) {
      return (waited.revents & events) != 0;
    };
    Connection& c = *connection;
    if (c.connecting) {
      if (server.revents == 0) return;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(c.server.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      c.connecting = false;
      c.broken = error != 0;
      return;
    }
    bool whole = true;
    if (ready(client, POLLIN | POLLHUP | POLLERR) && c.requests.held.empty() && !c.requests.ended) {
      whole = whole && Fill(c.client.get(), &c.requests);
    }
    if (ready(server, POLLIN | POLLHUP | POLLERR) && c.answers.held.empty() && !c.answers.ended) {
      whole = whole && Fill(c.server.get(), &c.answers);
    }
    std::uint64_t requested = 0;
    whole = whole && Drain(c.server.get(), std::string::npos, &c.requests, &requested);
    std::uint64_t answered = 0;
    whole = whole && Drain(c.client.get(), Allowed(now, c), &c.answers, &answered);
    c.answered += answered;
    if (answered > 0 && now.mode == Mode::kSlow) c.next = SteadyClock::now() + now.pause;
    if (now.mode == Mode::kCut && c.answered >= now.bytes) {
      std::lock_guard<std::mutex> lock(mutex);
      ++cuts;
      whole = false;
    }
    c.broken = !whole || (c.requests.closed && c.answers.closed);
  }

  // What to wait for on both sides; false = for a slow answer's turn only.
  static void WaitsOf(const Rule& now, const Connection& c, std::vector<pollfd>* waits,
                      std::optional<SteadyClock::time_point>* turn) {
    short client = 0;
    short server = 0;
    if (c.connecting) {
      server = POLLOUT;
    } else {
      if (c.requests.held.empty() && !c.requests.ended) client |= POLLIN;
      if (!c.requests.held.empty()) server |= POLLOUT;
      if (c.answers.held.empty() && !c.answers.ended) server |= POLLIN;
      if (!c.answers.held.empty()) {
        if (now.mode != Mode::kSlow || SteadyClock::now() >= c.next) {
          client |= POLLOUT;
        } else if (!*turn || c.next < **turn) {
          *turn = c.next;
        }
      }
    }
    // A descriptor of -1 is passed over: an end that was seen would be reported for ever.
    waits->push_back({client != 0 ? c.client.get() : -1, client, 0});
    waits->push_back({server != 0 ? c.server.get() : -1, server, 0});
  }

  void Run() {
    while (true) {
      Rule now;
      {
        std::lock_guard<std::mutex> lock(mutex);
        if (stopping) return;
        now = rule;
        if (changes != changes_seen) {
          for (Connection& connection : connections) {
            connection.answered = 0;
            connection.next = SteadyClock::now() + now.pause;
          }
        }
        changes_seen = changes;
      }
      Listen(now.mode != Mode::kRefuse);
      if (now.mode == Mode::kRefuse) {
        for (Connection& connection : connections) Reset(&connection.client);
        connections.clear();
      }
      std::vector<pollfd> waits = {{wake.get(), POLLIN, 0},
                                   {listening ? listener.get() : -1, POLLIN, 0}};
      std::optional<SteadyClock::time_point> turn;
      for (const Connection& connection : connections) WaitsOf(now, connection, &waits, &turn);
      int timeout = -1;
      if (turn) {
        const auto left =
            std::chrono::duration_cast<Duration>(*turn - SteadyClock::now()).count() + 1;
        timeout = static_cast<int>(std::max<std::int64_t>(left, 0));
      }
      ::poll(waits.data(), waits.size(), timeout);
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t read = ::read(wake.get(), &count, sizeof count);
      std::size_t at = 2;
      for (auto it = connections.begin(); it != connections.end(); at += 2) {
        Move(now, waits[at], waits[at + 1], &*it);
        if (it->broken) Reset(&it->client);
        it = it->broken ? connections.erase(it) : std::next(it);
      }
      if (listening) Accept();
    }
  }
};

TcpProxy::TcpProxy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->thread = std::thread([state = impl_.get()] { state->Run(); });
}

Result<std::unique_ptr<TcpProxy>> TcpProxy::Start(int port) {
  auto impl = std::make_unique<Impl>();
  impl->server_port = port;
  impl->wake = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  impl->listener = NewSocket();
  // By its number: a port that the kernel chose would be lost with the first Refuse.
  impl->port = FreePorts(1).front();
  // Connections that are on their way out must not keep it from listening again.
  const int reuse = 1;
  ::setsockopt(impl->listener.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  const sockaddr_in address = Loopback(impl->port);
  if (::bind(impl->listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      ::listen(impl->listener.get(), 128) != 0) {
    return Unavailable("the proxy finds no port");
  }
  return std::unique_ptr<TcpProxy>(new TcpProxy(std::move(impl)));
}

TcpProxy::~TcpProxy() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->Wake();
  impl_->thread.join();
}

int TcpProxy::port() const { return impl_->port; }
void TcpProxy::Pass() { impl_->Set({}); }
void TcpProxy::Refuse() { impl_->Set({Mode::kRefuse, {}, 0}); }
void TcpProxy::Slow(Duration pause) { impl_->Set({Mode::kSlow, pause, 0}); }
void TcpProxy::CutAfter(std::uint64_t bytes) { impl_->Set({Mode::kCut, {}, bytes}); }

std::uint64_t TcpProxy::cuts() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->cuts;
}

}  // namespace vang
