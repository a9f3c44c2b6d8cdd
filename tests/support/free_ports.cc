#include "tests/support/free_ports.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <random>
#include <string>

#include "libs/base/file.h"

namespace vang {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

namespace {

// Below the ports that Linux gives to those who do not ask for one (32768 and on), so that no
// connection of anybody takes one between here and the server's start, or while it is restarted.
constexpr int kFirst = 20'000, kLast = 32'000;

// The port is this process's until it ends: a name without a file, which is free again with the
// process that bound it. False where another has it.
bool Reserve(int port) {
  FileDescriptor name(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // The first byte stays 0: a name of the abstract namespace.
  const std::string text = "vang-test-port-" + std::to_string(port);
  std::copy(text.begin(), text.end(), address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  if (::bind(name.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return false;
  static std::mutex mutex;
  static std::vector<FileDescriptor> reserved;
  const std::lock_guard lock(mutex);
  reserved.push_back(std::move(name));
  return true;
}

bool NobodyListens(int port) {
  const FileDescriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = Loopback(port);
  return ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::vector<int> FreePorts(std::size_t count) {
  std::vector<int> ports;
  int port = kFirst + static_cast<int>(std::random_device()() % (kLast - kFirst));
  for (int tried = 0; ports.size() < count && tried < kLast - kFirst; ++tried) {
    if (Reserve(port) && NobodyListens(port)) ports.push_back(port);
    if (++port == kLast) port = kFirst;
  }
  ports.resize(count);
  return ports;
}

}  // namespace vang
