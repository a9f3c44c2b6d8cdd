// Word error rate: the fewest insertions, deletions and substitutions that turn what was recognised
// into what was said.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace vang {

struct WordErrors {
  std::size_t words = 0;  // in the reference
  std::size_t insertions = 0;
  std::size_t deletions = 0;
  std::size_t substitutions = 0;

  std::size_t total() const { return insertions + deletions + substitutions; }
  // Errors per word of the reference; 0 when there is neither.
  double rate() const;
  WordErrors& operator+=(const WordErrors& other);
};

// Levenshtein distance over words. Among equally short ways, substitutions come first.
WordErrors CountWordErrors(std::span<const std::string> reference,
                           std::span<const std::string> hypothesis);

// For each word of the hypothesis, whether it stands for an equal word of the reference on one of
// the shortest ways. Memory: one byte per pair of words.
std::vector<bool> MatchedWords(std::span<const std::string> reference,
                               std::span<const std::string> hypothesis);

}  // namespace vang
