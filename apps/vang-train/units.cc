#include "apps/vang-train/units.h"

#include <algorithm>

#include "libs/vietnamese/syllable.h"

namespace vang::train {
namespace {

constexpr const char* kWordMark = "▁";

}  // namespace

std::string MakeTokensText() {
  std::vector<std::string> symbols = {"<blk>", "<unk>"};
  for (std::string_view onset : Onsets()) symbols.push_back(kWordMark + std::string(onset));
  for (std::string_view rime : Rimes()) {
    for (int tone = 0; tone < kToneCount; ++tone) {
      if (RimeBears(rime, static_cast<Tone>(tone))) {
        symbols.push_back(ToneRime(rime, static_cast<Tone>(tone)));
      }
    }
  }
  std::string text;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    text += symbols[i] + ' ' + std::to_string(i) + '\n';
  }
  return text;
}

UnitInventory::UnitInventory(TokenTable table) : table_(std::move(table)) {
  for (TokenId id = 0; id < table_.size(); ++id) {
    if (table_.kind(id) == TokenKind::kOnset) {
      onsets_.emplace(table_.Spelling(id), static_cast<std::int16_t>(id));
    }
    if (table_.kind(id) == TokenKind::kRime) {
      rimes_.emplace(table_.Spelling(id), static_cast<std::int16_t>(id));
    }
  }
}

Result<UnitInventory> UnitInventory::Load(const std::string& tokens_file) {
  VANG_ASSIGN_OR_RETURN(TokenTable table, LoadTokens(tokens_file));
  return UnitInventory(std::move(table));
}

std::optional<std::vector<std::int16_t>> UnitInventory::Encode(std::string_view text) const {
  std::vector<std::int16_t> units;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const auto syllable = ParseSyllable(text.substr(begin, end - begin));
    if (!syllable) return std::nullopt;
    const auto onset = onsets_.find(syllable->onset);
    const auto rime = rimes_.find(ToneRime(syllable->rime, syllable->tone));
    if (onset == onsets_.end() || rime == rimes_.end()) return std::nullopt;
    units.push_back(onset->second);
    units.push_back(rime->second);
    begin = end + 1;
  }
  if (units.empty()) return std::nullopt;
  return units;
}

}  // namespace vang::train
