// What FFmpeg's libraries say while they decode, boiled down while it comes: hostile files can make
// them talk for ever. One thing they tell in no other way: that a demuxer missed bytes.
#pragma once

#include <cstdint>

namespace vang::libav_log {

struct Heard {
  bool cut_off = false;
  // The last error that says more than that something is invalid; printable ASCII, may be empty.
  char error[200] = {};
};

// Forgets what was said so far and listens from now on. For the whole process: one decoding at
// once.
void Listen();
const Heard& Get();

}  // namespace vang::libav_log
