// Ports of this machine for servers that tests start.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <vector>

namespace vang {

// `count` different ports that nobody has now, and that no other process gets from here until this
// one ends. 0 where none could be found. Thread-safe.
std::vector<int> FreePorts(std::size_t count);

// That port at 127.0.0.1, for bind and connect.
sockaddr_in Loopback(int port);

}  // namespace vang
