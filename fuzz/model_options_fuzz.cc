// model.json of a speech model: what the decoder takes from it.
#include <cstdint>

#include "libs/speech/ctc_decoder_options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto options = vang::ParseCtcDecoderOptions({reinterpret_cast<const char*>(data), size});
  if (options.ok() && !vang::Check(options.value()).ok()) __builtin_trap();
  return 0;
}
