#include "services/ingestion/file_name.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "libs/base/utf8.h"

namespace vang {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxTitleCharacters = 500;

Result<std::string> Compose(std::string_view text, std::string_view what) {
  const Status malformed = InvalidArgument(std::string(what) + " is not valid UTF-8");
  if (!IsValidUtf8(text)) return malformed;
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(composed, &std::free);
  if (size < 0) return malformed;
  return std::string(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
}

// C0, C1, DEL, and the marks that turn the direction of writing: "gpj.exe" shown as "exe.jpg".
bool IsUnshowable(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || c == 0x061C ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

// Without unshowable characters, runs of blanks as one, none at the ends.
std::string Tidy(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const std::uint32_t c : ToCodePoints(text)) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xA0 || c == 0x3000) {
      blank = true;
      continue;
    }
    if (IsUnshowable(c)) continue;
    if (blank && !out.empty()) out += ' ';
    blank = false;
    AppendUtf8(c, &out);
  }
  return out;
}

// The longest beginning of whole characters within `limit` bytes.
std::string_view Cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit);
}

// Of ".wav" in "a.wav"; the name's end when it has no extension worth the name.
std::size_t ExtensionAt(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const bool is_one = dot != std::string_view::npos && dot > 0 && name.size() - dot <= 11;
  return is_one ? dot : name.size();
}

}  // namespace

Result<std::string> CleanFileName(std::string_view name) {
  VANG_ASSIGN_OR_RETURN(const std::string composed, Compose(name, "the file name"));
  const std::size_t slash = composed.find_last_of("/\\");
  std::string tidy = Tidy(slash == std::string::npos ? composed : composed.substr(slash + 1));
  if (tidy.find_first_not_of(". ") == std::string::npos) return std::string();
  if (tidy.size() <= kMaxNameBytes) return tidy;
  const std::string extension = tidy.substr(ExtensionAt(tidy));
  const std::string_view stem = std::string_view(tidy).substr(0, tidy.size() - extension.size());
  return std::string(Cut(stem, kMaxNameBytes - extension.size())) + extension;
}

Result<std::string> CleanTitle(std::string_view title) {
  VANG_ASSIGN_OR_RETURN(const std::string composed, Compose(title, "the title"));
  std::string tidy = Tidy(composed);
  if (Utf8Length(tidy) > kMaxTitleCharacters) {
    return InvalidArgument("the title is longer than " + std::to_string(kMaxTitleCharacters) +
                           " characters");
  }
  return tidy;
}

std::string TitleOf(std::string_view file_name) {
  return std::string(file_name.substr(0, ExtensionAt(file_name)));
}

}  // namespace vang
