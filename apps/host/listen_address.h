// The address that a server listens on.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/status.h"

namespace vang {

struct ListenAddress {
  std::string text;  // as given
  std::string host;  // a numeric address
  std::uint16_t port = 0;
  bool loopback = false;  // nobody but this machine reaches it

  // http://<host>:<port>, as a client on this machine reaches it.
  std::string Url(std::uint16_t bound_port) const;
};

// "127.0.0.1:8000", "[::1]:8000", "0.0.0.0:80", "localhost:8000"; kInvalidArgument for others.
Result<ListenAddress> ParseListenAddress(const std::string& text);

}  // namespace vang
