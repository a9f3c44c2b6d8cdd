#include "apps/host/listen_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace vang {

std::string ListenAddress::Url(std::uint16_t bound_port) const {
  std::string reached = host;
  if (host == "0.0.0.0") reached = "127.0.0.1";
  if (host == "::") reached = "::1";
  if (reached.find(':') != std::string::npos) reached = "[" + reached + "]";
  if (reached == "127.0.0.1") reached = "localhost";
  return "http://" + reached + ":" + std::to_string(bound_port);
}

Result<ListenAddress> ParseListenAddress(const std::string& text) {
  const Status bad = InvalidArgument(
      "'" + text +
      "' is no address to listen on: ADDRESS:PORT such as 127.0.0.1:8000, [::1]:8000 "
      "or 0.0.0.0:8000");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return bad;
  ListenAddress address;
  address.text = text;
  address.host = text.substr(0, colon);
  if (address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host == "localhost") address.host = "127.0.0.1";
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || parsed != end) return bad;
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, address.host.c_str(), &v4) == 1) {
    address.loopback = address.host.starts_with("127.");
  } else if (::inet_pton(AF_INET6, address.host.c_str(), &v6) == 1) {
    address.loopback = std::memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
  } else {
    return bad;
  }
  return address;
}

}  // namespace vang
