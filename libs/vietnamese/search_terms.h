// Text as what a search compares: each word in two forms, as it is spelled and without accents, so
// that a search can ask for either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vang {

struct SearchTerm {
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
  // The canonical syllable, or the word in lower case. Numbers without the signs that part groups
  // of three, and with a comma before decimals: 2.500.000 is 2500000, 3.5 is 3,5.
  std::string exact;
  std::string folded;  // `exact` without tones and marks, đ as d

  bool accented() const { return exact != folded; }
};

// In the order of the text, not overlapping.
std::vector<SearchTerm> SearchTerms(std::string_view text);

}  // namespace vang
