// What the text stage knows about names: phrases that are written with capitals (Hà Nội, Nguyễn Văn
// Trỗi) and spoken abbreviations (u bê en đê → UBND), found by longest match. apps/vang-lexicon
// mines names.txt from running text; abbreviations.txt is written by hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libs/base/status.h"

namespace vang {

struct NameEntry {
  std::string spoken;   // canonical lower-case words, one space between
  std::string written;  // as many words as `spoken`, or fewer for an abbreviation
  double share = 1;     // how often the phrase is written so where it occurs
};

// The part of names.txt and of abbreviations.txt that may enter a model.
inline constexpr std::size_t kMaxNameWords = 8;
inline constexpr std::size_t kMaxNameEntries = 500'000;

// Immutable once made; safe for use from many threads.
class TextModel {
 public:
  struct Match {
    std::size_t words = 0;  // of the spoken phrase; at least one
    std::string_view written;
    double share = 0;
    bool same_words = true;  // word i of `written` stands for word i of the phrase
  };

  // Reads names.txt, abbreviations.txt and given-names.txt of the folder; the last two may be
  // missing. kNotFound or kDataLoss names the file.
  static Result<std::shared_ptr<const TextModel>> Load(const std::filesystem::path& folder);

  // The files' contents. kDataLoss on anything that is not what SerializeNames writes, has a line
  // that is too long, a phrase twice or more entries than kMaxNameEntries.
  static Result<std::shared_ptr<const TextModel>> Parse(std::string_view names,
                                                        std::string_view abbreviations = {},
                                                        std::string_view given_names = {});

  // The longest phrase that begins at words[at], or nothing.
  std::optional<Match> Find(std::span<const std::string_view> words, std::size_t at) const;

  // Whether the syllable is common in given names (lower case).
  bool IsGivenName(std::string_view syllable) const;

  std::size_t entries() const { return entries_.size(); }

 private:
  TextModel() = default;
  Status Add(NameEntry entry);

  std::vector<NameEntry> entries_;
  std::unordered_map<std::string, std::uint32_t> words_;
  // (node, word) → node of a trie over words; node → entry.
  std::unordered_map<std::uint64_t, std::uint32_t> children_;
  std::vector<std::int32_t> entry_of_node_ = {-1};
  std::unordered_set<std::string> given_names_;
};

// names.txt: a line with the format, the number of entries and the SHA-256 of what follows; then
// "written<TAB>share in per cent" a line, sorted. Equal entries give equal bytes.
std::string SerializeNames(std::vector<NameEntry> entries);

}  // namespace vang
