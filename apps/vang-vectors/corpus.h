// The texts that vectors are learned from, paragraph by paragraph, and which articles are kept from
// the training to judge it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace vang {

struct Paragraph {
  std::string_view title;  // of the article; empty when the text has none
  std::string_view text;
};

// A paragraph a line. `<doc … title="…">` and `</doc>` lines enclose an article; headings (== x ==)
// are left out; of a line with tabs only what follows the last counts.
Status ForEachParagraph(const std::string& path, const std::function<void(const Paragraph&)>& f);

// One article in twenty, told by its title alone.
bool IsHeldOut(std::string_view title);

}  // namespace vang
