#include "apps/vang-vectors/corpus.h"

#include <algorithm>
#include <charconv>

#include "libs/base/file.h"
#include "libs/base/sha256.h"

namespace vang {
namespace {

constexpr unsigned kHeldOutOf = 20;

std::string_view TitleOf(std::string_view line) {
  constexpr std::string_view kAttribute = "title=\"";
  const std::size_t begin = line.find(kAttribute);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin + kAttribute.size());
  return line.substr(0, line.find('"'));
}

}  // namespace

Status ForEachParagraph(const std::string& path, const std::function<void(const Paragraph&)>& f) {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::string_view title;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("<doc ")) {
      title = TitleOf(line);
    } else if (line.starts_with("</doc>")) {
      title = {};
    } else if (!line.starts_with("==")) {
      line.remove_prefix(line.rfind('\t') + 1);  // npos + 1 is 0
      if (!line.empty()) f({title, line});
    }
  }
  return {};
}

bool IsHeldOut(std::string_view title) {
  if (title.empty()) return false;
  const std::string hash = Sha256Hex(title).substr(0, 8);
  unsigned number = 0;
  std::from_chars(hash.data(), hash.data() + hash.size(), number, 16);
  return number % kHeldOutOf == 0;
}

}  // namespace vang
