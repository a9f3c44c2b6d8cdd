// The Range header of RFC 9110 section 14, as far as a player needs it: one range of bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vang::metadata {

struct ByteRange {
  enum class Kind {
    kWhole,          // no range, or one that is not understood: send everything (200)
    kPart,           // 206
    kUnsatisfiable,  // 416
  };
  Kind kind = Kind::kWhole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// What to send of `size` bytes. Several ranges in one header are answered with the whole, which the
// RFC allows.
ByteRange ParseByteRange(std::string_view header, std::uint64_t size);

}  // namespace vang::metadata
