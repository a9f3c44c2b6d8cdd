// Units of meaning in running words: "tuyển dụng" is one, found by longest match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

namespace vang {

// Immutable use is thread-safe.
class UnitTrie {
 public:
  static constexpr std::size_t kLongest = 4;  // words in a unit

  struct Match {
    std::size_t length = 0;
    std::uint32_t unit = 0;
  };

  // `words` (at most kLongest ids, at least one) are the unit `unit`; a second unit of the same
  // words replaces the first.
  void Insert(std::span<const std::uint32_t> words, std::uint32_t unit);
  // The longest unit at the front of `words`.
  std::optional<Match> Longest(std::span<const std::uint32_t> words) const;
  // The unit that is exactly `words`.
  std::optional<std::uint32_t> Find(std::span<const std::uint32_t> words) const;

 private:
  static std::uint64_t Key(std::uint32_t node, std::uint32_t word) {
    return std::uint64_t{node} << 32 | word;
  }
  std::unordered_map<std::uint64_t, std::uint32_t> edges_;  // (node, word) → node
  std::unordered_map<std::uint32_t, std::uint32_t> units_;  // node → unit
  std::uint32_t nodes_ = 1;
};

// Whether nothing but a space parts a word that ends at `end` from one that begins at `begin`: no
// unit reaches over punctuation.
inline bool Touch(std::size_t end, std::size_t begin) { return begin == end + 1; }

}  // namespace vang
