// Ports of this machine for servers that tests start.
#pragma once

#include <cstddef>
#include <vector>

namespace vang {

// `count` different ports that nobody has now. Somebody may take one before the server does; then
// the server fails to start. 0 where none could be found.
std::vector<int> FreePorts(std::size_t count);

}  // namespace vang
