// Running text as words with their capitals: what the name lexicon is mined from and judged on.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vang {

struct CasedWord {
  std::string_view folded;   // canonical lower case
  std::string_view written;  // canonical with its capitals
  bool capital = false;
  // A sentence, a quotation or the like begins here: a capital says nothing.
  bool opens = false;
  // Punctuation stands before it: no phrase runs across.
  bool apart = false;
};

// Not thread-safe. The words live until the next Read.
class CasedTextReader {
 public:
  // The words of one paragraph. Lines that are headings, lists or in capitals throughout give none.
  std::vector<CasedWord> Read(std::string_view line);

 private:
  struct Form {
    std::string folded;  // empty: not one word
    std::string written;
    bool capital = false;
  };
  const Form& FormOf(std::string_view token);

  std::unordered_map<std::string, Form> forms_;
};

}  // namespace vang
