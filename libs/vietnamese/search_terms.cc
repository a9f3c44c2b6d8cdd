#include "libs/vietnamese/search_terms.h"

#include <algorithm>

#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Whether `number` is 1 to 3 digits followed by groups of exactly three, each after `separator`.
bool IsGrouped(std::string_view number, char separator) {
  const std::size_t first = std::min(number.find(separator), number.size());
  if (first == 0 || first > 3 || first == number.size()) return false;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const bool at_separator = i >= first && (i - first) % 4 == 0;
    if (at_separator ? number[i] != separator : !IsDigit(number[i])) return false;
  }
  return (number.size() - first) % 4 == 0;
}

std::string CanonicalNumber(std::string number) {
  for (const char separator : {'.', ','}) {
    if (IsGrouped(number, separator)) {
      std::erase(number, separator);
      return number;
    }
  }
  std::replace(number.begin(), number.end(), '.', ',');
  return number;
}

bool IsNumber(std::string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return IsDigit(c) || c == '.' || c == ','; });
}

}  // namespace

std::vector<SearchTerm> SearchTerms(std::string_view text) {
  std::vector<SearchTerm> terms;
  for (LocatedWord& word : LocatedWords(text)) {
    SearchTerm term;
    term.begin = word.begin;
    term.end = word.end;
    term.exact = IsNumber(word.text) ? CanonicalNumber(std::move(word.text)) : std::move(word.text);
    term.folded = Unaccented(term.exact);
    terms.push_back(std::move(term));
  }
  return terms;
}

}  // namespace vang
