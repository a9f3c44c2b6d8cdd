// Finds the names of a language in text that has capitals: phrases that are written with the same
// capitals nearly everywhere, sentence starts left out. Makes names.txt of a text model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/vietnamese/cased_text.h"
#include "libs/vietnamese/text_model.h"

namespace vang {

struct LexiconOptions {
  std::size_t max_words = 5;
  // How often a phrase of several words, a single word, and a pair with a small second word (Quốc
  // hội) must be seen with its capitals, and in which share of all its occurrences.
  std::uint32_t min_phrase = 4;
  std::uint32_t min_word = 20;
  std::uint32_t min_pair = 20;
  double min_phrase_share = 0.85;
  double min_word_share = 0.9;
};

// Two passes over the same text: first all of it to Collect, then all of it to Count. Not
// thread-safe.
class LexiconBuilder {
 public:
  explicit LexiconBuilder(const LexiconOptions& options) : options_(options) {}

  void Collect(std::string_view line);
  void Count(std::string_view line);

  // Entries that shorter ones do not already give.
  std::vector<NameEntry> Build() const;

 private:
  struct Candidate {
    std::string written;
    std::size_t words = 1;
    std::uint32_t seen = 0;   // so written, as a whole name
    std::uint32_t cased = 0;  // so written, anywhere
    std::uint32_t total = 0;  // in any case
  };

  void Prune();

  const LexiconOptions options_;
  CasedTextReader reader_;
  std::unordered_map<std::string, std::uint32_t> written_;  // phrases as written
  bool pruned_ = false;
  std::unordered_map<std::string, Candidate> candidates_;  // by folded phrase
  std::unordered_map<std::string, bool> prefixes_;         // of folded phrases
};

}  // namespace vang
