// Texts on their way to the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang::postgres {

// ? and ?N outside of '…' as $N, numbered as SQLite numbers them: a bare ? is one more than the
// highest before it.
std::string NumberParameters(std::string_view sql);

// kInvalidArgument unless PostgreSQL can hold the text: UTF-8 without a NUL. The text is not
// quoted.
Status CheckText(std::string_view text);

// The literal of a text[].
std::string TextArray(const std::vector<std::string>& texts);

}  // namespace vang::postgres
