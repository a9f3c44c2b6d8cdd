// Ports of this machine for servers that tests start.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <vector>

namespace vang {

// `count` different ports that nobody has now. Somebody may take one before the server does; then
// the server fails to start. 0 where none could be found.
std::vector<int> FreePorts(std::size_t count);

// That port at 127.0.0.1, for bind and connect.
sockaddr_in Loopback(int port);

}  // namespace vang
