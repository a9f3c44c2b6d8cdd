// Event payloads: what is accepted survives being written and read.
#include <cstdint>

#include "libs/common/event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto event = vang::DecodeEvent({reinterpret_cast<const char*>(data), size});
  if (!event.ok()) return 0;
  const std::string text = vang::EncodeEvent(event.value());
  const auto again = vang::DecodeEvent(text);
  if (!again.ok() || vang::EncodeEvent(again.value()) != text) __builtin_trap();
  return 0;
}
