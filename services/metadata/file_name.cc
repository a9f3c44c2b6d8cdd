#include "services/metadata/file_name.h"

#include "libs/base/utf8.h"
#include "libs/common/http.h"

namespace vang::metadata {
namespace {

constexpr std::size_t kMaxCharacters = 120;
constexpr std::string_view kReserved = "/\\:*?\"<>|";

}  // namespace

std::string ContentDisposition(std::string_view kind, std::string_view file_name) {
  std::string plain;
  for (const std::uint32_t c : ToCodePoints(file_name)) {
    const bool safe = c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%';
    plain += safe ? static_cast<char>(c) : '_';
  }
  return std::string(kind) + "; filename=\"" + plain + "\"; filename*=UTF-8''" +
         http::PercentEncode(file_name);
}

std::string FileNameOf(std::string_view title, std::string_view extension) {
  std::string name;
  std::size_t characters = 0;
  for (const std::uint32_t c : ToCodePoints(title)) {
    if (++characters > kMaxCharacters) break;
    const bool reserved = c < 0x20 || c == 0x7F ||
                          (c < 0x7F && kReserved.find(static_cast<char>(c)) != kReserved.npos);
    AppendUtf8(reserved ? '_' : c, &name);
  }
  while (!name.empty() && (name.front() == '.' || name.front() == ' ')) name.erase(0, 1);
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  if (name.empty()) name = "recording";
  return name + std::string(extension);
}

}  // namespace vang::metadata
