#include "libs/adapters/postgres/text.h"

#include <algorithm>

#include "libs/base/utf8.h"

namespace vang::postgres {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string NumberParameters(std::string_view sql) {
  std::string text;
  bool quoted = false;
  int highest = 0;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql[at] == '\'') quoted = !quoted;
    if (quoted || sql[at] != '?') {
      text += sql[at];
      continue;
    }
    int number = 0;
    while (at + 1 < sql.size() && IsDigit(sql[at + 1])) number = number * 10 + (sql[++at] - '0');
    if (number == 0) number = highest + 1;
    highest = std::max(highest, number);
    text += "$" + std::to_string(number);
  }
  return text;
}

Status CheckText(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return InvalidArgument("a text of " + std::to_string(text.size()) +
                           " bytes holds a NUL, which the database cannot store");
  }
  if (!IsValidUtf8(text)) {
    return InvalidArgument("a text of " + std::to_string(text.size()) + " bytes is not UTF-8");
  }
  return {};
}

std::string TextArray(const std::vector<std::string>& texts) {
  std::string literal = "{";
  for (const std::string& text : texts) {
    literal += literal.size() == 1 ? "\"" : ",\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') literal += '\\';
      literal += c;
    }
    literal += '"';
  }
  return literal + "}";
}

}  // namespace vang::postgres
