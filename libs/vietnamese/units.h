// Units of measure and money as they are spoken and written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "libs/vietnamese/cardinal.h"

namespace vang {

struct Unit {
  std::size_t count = 0;  // words
  std::string written;
  bool close = false;   // written without a space: 50%
  bool common = false;  // an everyday word: "một phút" stays as it is
};

// The longest unit that begins at words[at], with what it is counted by: "ki lô mét trên giờ".
std::optional<Unit> FindUnit(SpokenWords words, std::size_t at);

}  // namespace vang
