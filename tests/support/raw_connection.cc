#include "tests/support/raw_connection.h"

#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <iostream>

#include "libs/base/descriptor_io.h"
#include "tests/support/free_ports.h"

namespace vang {
namespace {

constexpr Duration kPatience{120'000};

}  // namespace

FileDescriptor ConnectTo(const std::string& url) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(std::stoi(url.substr(url.rfind(':') + 1)));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::cerr << "cannot connect to " << url << '\n';
    std::abort();
  }
  return socket;
}

std::string Exchange(const std::string& url, const std::string& bytes) {
  const FileDescriptor socket = ConnectTo(url);
  // A server that refuses may close before it has read everything.
  [[maybe_unused]] const Status sent = SendAll(Context(), socket.get(), bytes, kPatience);
  ::shutdown(socket.get(), SHUT_WR);
  std::string answer;
  std::array<char, 4'096> buffer{};
  while (true) {
    const auto n = ReadSome(Context(), socket.get(), buffer, kPatience);
    if (!n.ok() || *n == 0) return answer;
    answer.append(buffer.data(), *n);
  }
}

}  // namespace vang
