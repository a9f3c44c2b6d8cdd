// tokens.txt of a model folder.
#include <cstdint>

#include "libs/speech/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto table = vang::ParseTokens({reinterpret_cast<const char*>(data), size});
  if (!table.ok()) return 0;
  for (vang::TokenId id = 0; id < table.value().size(); ++id) {
    // An accepted table has a spelling within each symbol.
    if (table.value().Spelling(id).size() > table.value().symbol(id).size()) __builtin_trap();
  }
  return 0;
}
