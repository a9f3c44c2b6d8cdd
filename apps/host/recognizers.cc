#include "apps/host/recognizers.h"

#include <algorithm>
#include <thread>

namespace vang {

int DefaultRecognizers() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
}

}  // namespace vang
