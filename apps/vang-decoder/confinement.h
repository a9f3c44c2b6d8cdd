// Takes from the process every right that decoding has no need of. README.md has the table.
#pragma once

#include <cstdint>

namespace vang {

inline constexpr int kInput = 0, kOutput = 1, kReport = 2, kAlive = 3;

struct Limits {
  std::uint64_t memory_bytes = 0;  // of address space
  std::uint64_t processor_seconds = 0;
};

// What failed, with its errno.
struct ConfinementError {
  const char* what = nullptr;  // null: nothing
  int error = 0;
};

// Irrevocable, for a process of one thread with the descriptors kInput to kAlive and no others.
// From now on it can use these as they are named, have memory, and end; everything else fails with
// EPERM. It is killed when the other end of kAlive closes.
ConfinementError Confine(const Limits& limits);

}  // namespace vang
