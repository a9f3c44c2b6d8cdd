// From running words to units of meaning: frequent words, dictionary words of several syllables,
// and pairs that stand together far more often than chance has it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vang {

struct UnitOptions {
  std::size_t max_units = 60'000;
  std::uint32_t min_count = 20;
  std::uint32_t min_pair_count = 40;
  double min_pair_npmi = 0.4;  // normalised pointwise mutual information, -1 … 1
};

struct UnitCorpus {
  static constexpr std::uint32_t kBreak = 0xFFFFFFFF;  // between paragraphs
  std::vector<std::string> units;                      // most frequent first; ties by spelling
  std::vector<std::uint32_t> counts;
  std::vector<std::uint32_t> text;  // units in the order of the text
};

// Not thread-safe.
class UnitMiner {
 public:
  // Numbers are not words here.
  void AddParagraph(std::string_view text);
  // A dictionary word; only those of two to four words count.
  void AddHeadword(std::string_view headword);
  std::uint64_t words() const { return words_; }
  UnitCorpus Mine(const UnitOptions& options) const;

 private:
  std::uint32_t IdOf(const std::string& word);

  std::unordered_map<std::string, std::uint32_t> ids_;
  std::vector<std::string> spelled_;
  std::vector<std::uint32_t> text_;  // ids, pauses and breaks
  std::vector<std::vector<std::uint32_t>> headwords_;
  std::uint64_t words_ = 0;
};

}  // namespace vang
