// A TCP client that sends what it is told, well-formed or not, and shows what came back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libs/base/file.h"

namespace vang::net {

class RawClient {
 public:
  // Every wait of a test ends, whatever the server does.
  static constexpr int kPatienceMs = 20'000;

  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }

  bool connected() const { return connected_; }

  // False when the server takes no more.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  // No more will be sent; answers can still be read.
  void EndSending() { ::shutdown(fd_.get(), SHUT_WR); }
  void Close() { fd_.Reset(); }

  // Reads until `text` has come and returns everything up to its end; what came when the server
  // closed or patience ended.
  std::string ReadUntil(std::string_view text) {
    while (true) {
      if (const auto at = received_.find(text); at != std::string::npos) {
        return Take(at + text.size());
      }
      if (!Receive()) return Take(received_.size());
    }
  }

  std::string ReadBytes(std::size_t n) {
    while (received_.size() < n && Receive()) {
    }
    return Take(std::min(n, received_.size()));
  }

  // All until the server closes. `*closed` says whether it did.
  std::string ReadToEnd(bool* closed) {
    while (Receive()) {
    }
    *closed = closed_;
    return Take(received_.size());
  }

  // A head and the body that its Content-Length tells of.
  std::string ReadResponse() {
    std::string response = ReadUntil("\r\n\r\n");
    const auto at = response.find("Content-Length: ");
    if (at == std::string::npos) return response;
    return response += ReadBytes(std::strtoul(response.c_str() + at + 16, nullptr, 10));
  }

 private:
  std::string Take(std::size_t n) {
    std::string taken = received_.substr(0, n);
    received_.erase(0, n);
    return taken;
  }

  bool Receive() {
    pollfd wait{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kPatienceMs) <= 0) return false;
    char buffer[16384];
    const ssize_t n = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
    closed_ = n <= 0;
    if (n > 0) received_.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  FileDescriptor fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

}  // namespace vang::net
