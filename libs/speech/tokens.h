// The output units of a speech network, as its tokens.txt lists them: one `symbol id` a line, in
// UTF-8. A Vang model spells a syllable with two units, an onset and a rime with its tone. Onsets
// begin with U+2581 (▁), the empty one is that sign alone; a syllable is its two units, written one
// after the other: "▁ng" + "ười". The same file serves sherpa-onnx, which reads ▁ as a space.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang {

using TokenId = std::uint32_t;

enum class TokenKind : std::uint8_t { kBlank, kUnknown, kOnset, kRime };

// Immutable; safe for use from many threads.
class TokenTable {
 public:
  static constexpr TokenId kBlank = 0;
  static constexpr std::size_t kMaxSize = 8192;

  std::size_t size() const { return symbols_.size(); }
  // `id` must be < size().
  const std::string& symbol(TokenId id) const { return symbols_[id]; }
  TokenKind kind(TokenId id) const { return kinds_[id]; }
  // What the unit adds to a syllable: the symbol without its ▁; empty for the special ones.
  std::string_view Spelling(TokenId id) const;

 private:
  friend Result<TokenTable> ParseTokens(std::string_view text);
  TokenTable() = default;

  std::vector<std::string> symbols_;
  std::vector<TokenKind> kinds_;
};

// kInvalidArgument, with the number of the line, unless `text` gives each id from 0 to the highest
// exactly once, each a symbol of its own without white space, `<blk>` the id 0, and at least one
// onset and one rime. `<unk>` may be missing. At most kMaxSize lines and 1 MiB.
Result<TokenTable> ParseTokens(std::string_view text);

// ParseTokens of a file.
Result<TokenTable> LoadTokens(const std::filesystem::path& path);

}  // namespace vang
