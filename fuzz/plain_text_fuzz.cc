// Running text: folding gives valid UTF-8 and is its own fixed point.
#include <cstdint>

#include "libs/base/utf8.h"
#include "libs/vietnamese/plain_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& sentence : vang::PlainSentences(text)) {
    for (const std::string& word : sentence) {
      if (!vang::IsValidUtf8(word)) __builtin_trap();
      if (!word.empty() && vang::FoldedWords(word) != std::vector<std::string>{word}) {
        __builtin_trap();
      }
    }
  }
  return 0;
}
