// The grammar of `token; name=value` in Content-Type and Content-Disposition.
#include <algorithm>

#include "libs/common/multipart.h"

namespace vang {
namespace {

bool IsTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~/").find(c) != std::string_view::npos;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// What is left of a header value.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }

  void SkipBlanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size())); }

  bool Take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string_view Token() {
    std::size_t end = 0;
    while (end < text_.size() && IsTokenChar(text_[end])) ++end;
    const std::string_view token = text_.substr(0, end);
    text_.remove_prefix(end);
    return token;
  }

  // Without quotation marks, up to the next ';' or blank: raw UTF-8 names come like this too.
  std::string_view Bare() {
    const std::string_view bare = text_.substr(0, text_.find_first_of("; \t\""));
    text_.remove_prefix(bare.size());
    return bare;
  }

  // After the opening quotation mark.
  std::optional<std::string> Quoted() {
    std::string out;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        text_.remove_prefix(i + 1);
        return out;
      }
      const bool escapes =
          text_[i] == '\\' && i + 1 < text_.size() && (text_[i + 1] == '"' || text_[i + 1] == '\\');
      if (escapes) ++i;
      out += text_[i];
    }
    return std::nullopt;
  }

 private:
  std::string_view text_;
};

}  // namespace

std::optional<std::string> HeaderValue::Get(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<HeaderValue> ParseHeaderValue(std::string_view text) {
  Cursor cursor(text);
  HeaderValue value;
  cursor.SkipBlanks();
  value.token = Lower(cursor.Token());
  if (value.token.empty()) return InvalidArgument("the header has no value");
  while (true) {
    cursor.SkipBlanks();
    if (cursor.AtEnd()) return value;
    if (!cursor.Take(';')) return InvalidArgument("a ';' is missing between parameters");
    cursor.SkipBlanks();
    if (cursor.AtEnd()) return value;
    const std::string name = Lower(cursor.Token());
    if (name.empty() || !cursor.Take('=')) return InvalidArgument("a parameter is malformed");
    if (value.Get(name)) return InvalidArgument("the parameter " + name + " is there twice");
    if (!cursor.Take('"')) {
      value.parameters.emplace_back(name, std::string(cursor.Bare()));
      continue;
    }
    auto quoted = cursor.Quoted();
    if (!quoted) return InvalidArgument("the quotation mark after " + name + "= is not closed");
    value.parameters.emplace_back(name, std::move(*quoted));
  }
}

Result<std::string> BoundaryOf(std::string_view content_type) {
  auto value = ParseHeaderValue(content_type);
  if (!value.ok()) return value.status().Wrap("Content-Type");
  if (value->token != "multipart/form-data") {
    return InvalidArgument("the Content-Type is not multipart/form-data");
  }
  const std::string boundary = value->Get("boundary").value_or("");
  if (boundary.empty() || boundary.size() > 70) {
    return InvalidArgument("the Content-Type must name a boundary of 1 to 70 characters");
  }
  const bool allowed = std::all_of(boundary.begin(), boundary.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  });
  if (!allowed || boundary.back() == ' ') {
    return InvalidArgument("the boundary of the Content-Type has characters that are not allowed");
  }
  return boundary;
}

}  // namespace vang
