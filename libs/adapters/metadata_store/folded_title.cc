#include "libs/adapters/metadata_store/folded_title.h"

#include "libs/base/utf8.h"
#include "libs/vietnamese/letters.h"

namespace vang {
namespace {

// The ASCII letter under a base letter of Vietnamese.
std::uint32_t Bare(std::uint32_t base) {
  switch (base) {
    case 0x103:  // ă
    case 0xE2:   // â
      return 'a';
    case 0x111:  // đ
      return 'd';
    case 0xEA:  // ê
      return 'e';
    case 0xF4:   // ô
    case 0x1A1:  // ơ
      return 'o';
    case 0x1B0:  // ư
      return 'u';
    default:
      return base;
  }
}

}  // namespace

std::string FoldTitle(std::string_view title) {
  std::string folded;
  for (std::size_t at = 0; at < title.size();) {
    const std::uint32_t c = DecodeUtf8(title, &at);
    if (c >= 0x300 && c <= 0x36F) continue;  // combining marks
    const auto letter = ToLetter(c);
    AppendUtf8(letter ? Bare(letter->base) : c, &folded);
  }
  return folded;
}

}  // namespace vang
