#include "libs/vietnamese/cased_text.h"

#include <array>

#include "libs/vietnamese/capitals.h"
#include "libs/vietnamese/plain_text.h"
#include "libs/vietnamese/syllable.h"

namespace vang {
namespace {

constexpr std::size_t kShortestLine = 30;  // bytes; what is shorter is a heading or a list item
constexpr std::size_t kMostForms = 2'000'000;

constexpr std::array<std::string_view, 15> kOpening = {"(", "[", "\"", "'", "“", "‘", "«", "”",
                                                       "’", "»", "*",  "-", "–", "—", "•"};
constexpr std::array<std::string_view, 17> kClosing = {".", ",", ";", ":", "!", "?", ")", "]", "\"",
                                                       "'", "”", "’", "»", "…", "–", "—", "/"};

// Takes marks off the front (or back) of `token`; whether there were any.
template <std::size_t N>
bool StripFront(const std::array<std::string_view, N>& marks, std::string_view* token) {
  bool any = false;
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view mark : marks) {
      if (!token->starts_with(mark)) continue;
      token->remove_prefix(mark.size());
      more = any = true;
    }
  }
  return any;
}

// What stood behind a word: the last mark that was taken off, or "".
std::string_view StripBack(std::string_view* token, bool* ends) {
  std::string_view last;
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view mark : kClosing) {
      if (!token->ends_with(mark)) continue;
      token->remove_suffix(mark.size());
      last = mark;
      if (mark != "," && mark != ")" && mark != "/" && mark != "]") *ends = true;
      more = true;
    }
  }
  return last;
}

}  // namespace

const CasedTextReader::Form& CasedTextReader::FormOf(std::string_view token) {
  if (forms_.size() > kMostForms) forms_.clear();
  auto [at, is_new] = forms_.try_emplace(std::string(token));
  Form& form = at->second;
  if (!is_new) return form;
  std::vector<std::string> folded = FoldedWords(token);
  if (folded.size() != 1 || folded[0].find_first_of("0123456789") != std::string::npos) return form;
  form.folded = std::move(folded[0]);
  const std::string upper = Capitalized(token);
  form.capital = HasUpper(token) && upper == token;
  const bool syllable = ParseSyllable(token).has_value();
  if (!HasUpper(token)) {
    form.written = form.folded;
  } else {
    form.written = syllable && HasLower(token) ? Capitalized(form.folded) : std::string(token);
  }
  return form;
}

std::vector<CasedWord> CasedTextReader::Read(std::string_view line) {
  std::vector<CasedWord> words;
  if (line.size() < kShortestLine || line.front() == '=' || line.front() == '<' ||
      !HasLower(line)) {
    return words;
  }
  bool opens = true;
  bool apart = true;
  std::size_t at = 0;
  // FormOf may drop what it handed out before: at most once a line, at its start.
  if (forms_.size() > kMostForms / 2) forms_.clear();
  while (at < line.size()) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    std::string_view token = line.substr(at, end - at);
    at = end + 1;
    if (token.empty()) continue;
    if (StripFront(kOpening, &token)) opens = apart = true;
    bool ends = false;
    const std::string_view closing = StripBack(&token, &ends);
    const Form& form = FormOf(token);
    if (form.folded.empty()) {
      apart = true;
    } else {
      words.push_back({form.folded, form.written, form.capital, opens, apart});
      opens = apart = false;
    }
    if (!closing.empty()) apart = true;
    if (ends) opens = true;
  }
  return words;
}

}  // namespace vang
