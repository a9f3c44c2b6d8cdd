#include "libs/speech/word_errors.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

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

std::vector<bool> MatchedWords(std::span<const std::string> reference,
                               std::span<const std::string> hypothesis) {
  enum Step : std::uint8_t { kDiagonal, kDown, kRight };
  const std::size_t width = hypothesis.size() + 1;
  std::vector<std::size_t> above(width);
  std::vector<std::size_t> row(width);
  std::iota(above.begin(), above.end(), std::size_t{0});
  std::vector<std::uint8_t> steps((reference.size() + 1) * width, kRight);
  for (std::size_t i = 1; i <= reference.size(); ++i) {
    row[0] = i;
    steps[i * width] = kDown;
    for (std::size_t j = 1; j < width; ++j) {
      const std::size_t diagonal = above[j - 1] + (reference[i - 1] == hypothesis[j - 1] ? 0 : 1);
      row[j] = std::min({diagonal, above[j] + 1, row[j - 1] + 1});
      steps[i * width + j] = row[j] == diagonal       ? kDiagonal
                             : row[j] == above[j] + 1 ? kDown
                                                      : kRight;
    }
    above.swap(row);
  }
  std::vector<bool> matched(hypothesis.size(), false);
  std::size_t i = reference.size();
  std::size_t j = hypothesis.size();
  while (i > 0 || j > 0) {
    const std::uint8_t step = steps[i * width + j];
    if (step == kDiagonal) matched[j - 1] = reference[i - 1] == hypothesis[j - 1];
    if (step != kRight) --i;
    if (step != kDown) --j;
  }
  return matched;
}

}  // namespace vang
