// Numbers as they are read aloud, for language models: text writes 1975 and speech says "một nghìn
// chín trăm bảy mươi lăm".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vang {

// The syllables of a number written as people write it: digits, groups of three parted by points
// (4.200), a decimal comma (3,5). Where regions differ (nghìn or ngàn, linh or lẻ), which one is
// taken depends on the digits, so that a text has both. Empty when it is none of these, has more
// than twelve digits before the comma or three after it, or begins with a zero that means nothing.
std::vector<std::string> NumberWords(std::string_view number);

}  // namespace vang
