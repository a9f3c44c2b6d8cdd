// lm.bin of a model folder. The checksum is made to fit, or nothing behind it would ever be read.
#include <cmath>
#include <cstdint>
#include <string>

#include "libs/base/sha256.h"
#include "libs/vietnamese/ngram.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = bytes.find('\n');
  if (line != std::string::npos && bytes.size() >= line + 65) {
    bytes.replace(line + 1, 64, vang::Sha256Hex(bytes.substr(line + 65)));
  }
  const auto model = vang::NgramModel::Parse(bytes);
  if (!model.ok()) return 0;
  const auto words = static_cast<vang::WordId>(model.value()->vocabulary().size());
  for (vang::WordId word = 0; word < words && word < 20; ++word) {
    const std::vector<vang::WordId> context = {word, (word + 1) % words};
    if (!std::isfinite(model.value()->LogProb(context, word))) __builtin_trap();
  }
  return 0;
}
