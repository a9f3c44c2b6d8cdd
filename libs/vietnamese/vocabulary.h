// The words a language model knows, as small integers. Ids are dense and are handed out by
// frequency, so that common words share cache lines in every table indexed by them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/base/status.h"

namespace vang {

using WordId = std::uint32_t;

// Immutable once made; safe for use from many threads. Movable, not copyable.
class Vocabulary {
 public:
  // Every vocabulary begins with these three. kUnknown stands for all words it does not hold.
  static constexpr WordId kUnknown = 0;
  static constexpr WordId kBegin = 1;
  static constexpr WordId kEnd = 2;
  static constexpr WordId kFirstWord = 3;

  // N-gram tables keep ids in 16 bits.
  static constexpr std::size_t kMaxSize = 65535;

  // `words` are the words after the three special ones, in id order. kInvalidArgument when there
  // are too many, or one is empty, has white space, is not UTF-8 or occurs twice.
  static Result<Vocabulary> Create(std::vector<std::string> words);

  // The form of Serialize(). kInvalidArgument on any other bytes.
  static Result<Vocabulary> Parse(std::string_view lines);

  Vocabulary(Vocabulary&&) noexcept = default;
  Vocabulary& operator=(Vocabulary&&) noexcept = default;

  // Number of ids, the special ones included.
  std::size_t size() const { return words_.size(); }

  // kUnknown when absent. The spelling of a special word is not found: text cannot name it.
  WordId Find(std::string_view word) const;

  // `id` must be < size(). The special words read "<unk>", "<s>" and "</s>".
  std::string_view Word(WordId id) const { return words_[id]; }

  // One word a line, the special ones left out.
  std::string Serialize() const;

 private:
  Vocabulary() = default;

  std::vector<std::string> words_;
  std::unordered_map<std::string_view, WordId> ids_;  // Views into words_, whose heap stays put.
};

}  // namespace vang
