#include "libs/speech/word_errors.h"

#include <algorithm>
#include <vector>

namespace vang {

double WordErrors::rate() const {
  return total() == 0
             ? 0.0
             : static_cast<double>(total()) / static_cast<double>(std::max<std::size_t>(words, 1));
}

WordErrors& WordErrors::operator+=(const WordErrors& other) {
  words += other.words;
  insertions += other.insertions;
  deletions += other.deletions;
  substitutions += other.substitutions;
  return *this;
}

WordErrors CountWordErrors(std::span<const std::string> reference,
                           std::span<const std::string> hypothesis) {
  // One row per word of the reference; a cell holds the errors of the best way to it.
  std::vector<WordErrors> above(hypothesis.size() + 1);
  std::vector<WordErrors> row(hypothesis.size() + 1);
  for (std::size_t j = 0; j <= hypothesis.size(); ++j) above[j].insertions = j;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    row[0] = above[0];
    ++row[0].deletions;
    for (std::size_t j = 0; j < hypothesis.size(); ++j) {
      WordErrors best = above[j];
      if (reference[i] != hypothesis[j]) ++best.substitutions;
      if (above[j + 1].total() + 1 < best.total()) {
        best = above[j + 1];
        ++best.deletions;
      }
      if (row[j].total() + 1 < best.total()) {
        best = row[j];
        ++best.insertions;
      }
      row[j + 1] = best;
    }
    above.swap(row);
  }
  WordErrors errors = above.back();
  errors.words = reference.size();
  return errors;
}

}  // namespace vang
