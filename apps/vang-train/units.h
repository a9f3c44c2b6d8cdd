// The units that the network spells with, as a model's tokens.txt lists them: an onset and a rime
// with its tone per syllable. Two units a syllable train faster than letters, are open to every
// syllable, and fit frames of 40 ms.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"
#include "libs/speech/tokens.h"

namespace vang::train {

// Every onset and every rime with every tone that it bears, as tokens.txt has them. The trained
// model's file is what counts: adding a rime to the language changes the ids of those after it.
std::string MakeTokensText();

// Immutable.
class UnitInventory {
 public:
  static Result<UnitInventory> Load(const std::string& tokens_file);

  std::size_t size() const { return table_.size(); }

  // Onset and rime of each word of `text` (words parted by single spaces), one after the other.
  // Nothing when a word is not a syllable that the units can spell.
  std::optional<std::vector<std::int16_t>> Encode(std::string_view text) const;

 private:
  explicit UnitInventory(TokenTable table);

  TokenTable table_;
  std::map<std::string, std::int16_t, std::less<>> onsets_, rimes_;
};

}  // namespace vang::train
