#include "libs/speech/tokens.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "libs/base/file.h"
#include "libs/base/utf8.h"

namespace vang {
namespace {

constexpr std::string_view kOnsetMark = "\xE2\x96\x81";  // ▁, U+2581
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxSymbolBytes = 64;

Status LineError(std::size_t line, std::string_view what) {
  return InvalidArgument("tokens.txt line " + std::to_string(line) + ": " + std::string(what));
}

TokenKind KindOf(std::string_view symbol) {
  if (symbol == "<blk>") return TokenKind::kBlank;
  if (symbol == "<unk>") return TokenKind::kUnknown;
  return symbol.starts_with(kOnsetMark) ? TokenKind::kOnset : TokenKind::kRime;
}

struct Line {
  std::string_view symbol;
  TokenId id = 0;
};

Result<Line> ParseLine(std::string_view line, std::size_t number) {
  const std::size_t space = line.find_first_of(" \t");
  if (space == std::string_view::npos || space == 0) {
    return LineError(number, "want a symbol, a space and its number");
  }
  Line parsed{line.substr(0, space), 0};
  const std::string_view digits = line.substr(space + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parsed.id);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return LineError(number, "the number after the symbol is not one");
  }
  if (parsed.id >= TokenTable::kMaxSize) return LineError(number, "the number is too large");
  if (parsed.symbol.size() > kMaxSymbolBytes || !IsValidUtf8(parsed.symbol)) {
    return LineError(number, "the symbol is too long or not UTF-8");
  }
  return parsed;
}

}  // namespace

std::string_view TokenTable::Spelling(TokenId id) const {
  const std::string_view symbol = symbols_[id];
  switch (kinds_[id]) {
    case TokenKind::kOnset:
      return symbol.substr(kOnsetMark.size());
    case TokenKind::kRime:
      return symbol;
    default:
      return {};
  }
}

Result<TokenTable> ParseTokens(std::string_view text) {
  if (text.size() > kMaxBytes) return InvalidArgument("tokens.txt is larger than 1 MiB");
  TokenTable table;
  std::vector<bool> seen;
  std::set<std::string_view> symbols;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    VANG_ASSIGN_OR_RETURN(const Line parsed, ParseLine(line, number));
    if (parsed.id >= seen.size()) {
      seen.resize(parsed.id + 1, false);
      table.symbols_.resize(parsed.id + 1);
    }
    if (seen[parsed.id]) return LineError(number, "this number was given before");
    if (!symbols.insert(parsed.symbol).second) {
      return LineError(number, "this symbol was given before");
    }
    seen[parsed.id] = true;
    table.symbols_[parsed.id] = parsed.symbol;
  }
  const auto missing = std::find(seen.begin(), seen.end(), false);
  if (missing != seen.end()) {
    return InvalidArgument("tokens.txt has no symbol for number " +
                           std::to_string(missing - seen.begin()));
  }
  for (const std::string& symbol : table.symbols_) table.kinds_.push_back(KindOf(symbol));
  if (table.kinds_.empty() || table.kinds_[TokenTable::kBlank] != TokenKind::kBlank) {
    return InvalidArgument("tokens.txt must give <blk> the number 0");
  }
  for (const TokenKind kind : {TokenKind::kOnset, TokenKind::kRime}) {
    if (std::count(table.kinds_.begin(), table.kinds_.end(), kind) == 0) {
      return InvalidArgument("tokens.txt must hold onsets (\xE2\x96\x81 first) and rimes");
    }
  }
  return table;
}

Result<TokenTable> LoadTokens(const std::filesystem::path& path) {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes));
  auto table = ParseTokens(text);
  if (!table.ok()) return table.status().Wrap(path.string());
  return table;
}

}  // namespace vang
