// JSON text: what is accepted is written as valid UTF-8 that is accepted again. (Not as the same
// bytes: Boost.JSON 1.81 may read a number with a large exponent one unit in the last place off.)
#include <cstdint>

#include "libs/base/utf8.h"
#include "libs/common/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = vang::ParseJson({reinterpret_cast<const char*>(data), size});
  if (!value.ok()) return 0;
  const std::string text = vang::WriteJson(value.value());
  if (!vang::IsValidUtf8(text)) __builtin_trap();
  if (!vang::ParseJson(text).ok()) __builtin_trap();
  return 0;
}
