#include "tests/support/free_ports.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "libs/base/file.h"

namespace vang {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

std::vector<int> FreePorts(std::size_t count) {
  std::vector<FileDescriptor> held;  // until all are found, so that none is found twice
  std::vector<int> ports;
  for (std::size_t i = 0; i < count; ++i) {
    held.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(held.back().get(), generic, size) == 0 &&
                       ::getsockname(held.back().get(), generic, &size) == 0;
    ports.push_back(bound ? ntohs(address.sin_port) : 0);
  }
  return ports;
}

}  // namespace vang
