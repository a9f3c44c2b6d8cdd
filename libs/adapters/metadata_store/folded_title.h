// The form in which titles are compared: "Họp Giao Ban" and "hop giao ban" are one.
#pragma once

#include <string>
#include <string_view>

namespace vang {

// Lower case, without tones and marks, đ as d; composed and decomposed spellings come out the same.
// What is no letter of Vietnamese or ASCII stays as it is.
std::string FoldTitle(std::string_view title);

}  // namespace vang
