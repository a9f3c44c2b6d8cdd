// Names that clients send, made fit to be stored and shown.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace vang {

// The last part of a path of any system, composed (NFC), without control and direction-changing
// characters, at most 255 bytes with its extension kept. "" when nothing is left. kInvalidArgument
// for malformed UTF-8.
Result<std::string> CleanFileName(std::string_view name);

// Composed, white space folded and trimmed. kInvalidArgument for malformed UTF-8 or more than 500
// characters.
Result<std::string> CleanTitle(std::string_view title);

// The name without its extension: the title of a recording that got none.
std::string TitleOf(std::string_view file_name);

}  // namespace vang
