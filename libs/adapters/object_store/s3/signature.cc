#include "libs/adapters/object_store/s3/signature.h"

#include <algorithm>
#include <map>

#include "libs/base/sha256.h"
#include "libs/common/http.h"

namespace vang::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string EncodePath(std::string_view path) {
  std::string encoded;
  while (true) {
    const std::size_t slash = path.find('/');
    encoded += http::PercentEncode(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    encoded += '/';
    path.remove_prefix(slash + 1);
  }
  return encoded.empty() ? "/" : encoded;
}

std::string EncodeQuery(const Fields& query) {
  Fields encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(http::PercentEncode(name), http::PercentEncode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

// Without spaces at the ends, and with one for every run of them.
std::string TrimValue(std::string_view value) {
  std::string trimmed;
  for (const char c : value) {
    if (!IsSpace(c)) {
      trimmed += c;
    } else if (!trimmed.empty() && trimmed.back() != ' ') {
      trimmed += ' ';
    }
  }
  if (trimmed.ends_with(' ')) trimmed.pop_back();
  return trimmed;
}

// By lower-case name; the values of one name joined by commas.
std::map<std::string, std::string> CanonicalHeaders(const Fields& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const auto [at, is_new] = canonical.try_emplace(lower);
    if (!is_new) at->second += ',';
    at->second += TrimValue(value);
  }
  return canonical;
}

std::string SignedNames(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string SigningKey(const Credentials& credentials, const std::string& date,
                       const SigningScope& scope) {
  std::string key = HmacSha256("AWS4" + credentials.secret_access_key, date);
  key = HmacSha256(key, scope.region);
  key = HmacSha256(key, scope.service);
  return HmacSha256(key, "aws4_request");
}

}  // namespace

std::string AmzDate(TimeMs time) {
  // 2015-08-30T12:36:00.000Z without its marks and its fraction.
  std::string text = FormatTime(time).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

std::string CanonicalRequest(const SignedRequest& request) {
  const auto headers = CanonicalHeaders(request.headers);
  std::string text =
      request.method + "\n" + EncodePath(request.path) + "\n" + EncodeQuery(request.query) + "\n";
  for (const auto& [name, value] : headers) text.append(name).append(":").append(value) += '\n';
  return text + "\n" + SignedNames(headers) + "\n" + request.payload_sha256;
}

std::string Authorization(const SignedRequest& request, const Credentials& credentials,
                          const SigningScope& scope) {
  const std::string time = AmzDate(scope.now);
  const std::string date = time.substr(0, 8);
  const std::string scope_text = date + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string to_sign = std::string(kAlgorithm) + "\n" + time + "\n" + scope_text + "\n" +
                              Sha256Hex(CanonicalRequest(request));
  return std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" + scope_text +
         ", SignedHeaders=" + SignedNames(CanonicalHeaders(request.headers)) +
         ", Signature=" + ToHex(HmacSha256(SigningKey(credentials, date, scope), to_sign));
}

}  // namespace vang::s3
