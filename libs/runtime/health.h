// What a part of the system says about itself; /readyz is the sum of these.
#pragma once

#include <string>
#include <vector>

namespace vang {

struct Health {
  std::string name;
  bool ready = true;
  std::string detail;  // what is wrong and what to do; may hold facts when ready
};

}  // namespace vang
