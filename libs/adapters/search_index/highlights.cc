#include "libs/adapters/search_index/highlights.h"

#include <algorithm>

namespace vang {

std::vector<Highlight> FindHighlights(const std::vector<SearchTerm>& query, std::string_view text) {
  const std::vector<SearchTerm> words = SearchTerms(text);
  std::vector<bool> marked(words.size());
  for (const SearchTerm& term : query) {
    const bool exact =
        term.accented() && std::any_of(words.begin(), words.end(), [&](const SearchTerm& word) {
          return word.exact == term.exact;
        });
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (exact ? words[i].exact == term.exact : words[i].folded == term.folded) marked[i] = true;
    }
  }
  std::vector<Highlight> highlights;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!marked[i]) continue;
    highlights.push_back(
        {static_cast<std::uint32_t>(words[i].begin), static_cast<std::uint32_t>(words[i].end)});
  }
  return highlights;
}

}  // namespace vang
