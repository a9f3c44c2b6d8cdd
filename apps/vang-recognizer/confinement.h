// Takes from this process what a recogniser has no need of: the network, new programs, writing to
// files, memory without end, core dumps.
#pragma once

#include <cstdint>

#include "libs/base/status.h"

namespace vang {

// Irrevocable. `memory_limit` bounds the address space, in bytes; 0 = not at all.
Status Confine(std::uint64_t memory_limit);

// Ends this process as soon as whoever holds the other end of `input` is gone, even in the midst of
// a decode. (PR_SET_PDEATHSIG would do it too, but it fires when the *thread* that started us
// ends.)
void EndWithParent(int input);

}  // namespace vang
