#include "libs/adapters/object_store/s3/answers.h"

#include <charconv>

#include "libs/adapters/object_store/s3/xml.h"
#include "libs/base/utf8.h"
#include "libs/common/http.h"

namespace vang::s3 {
namespace {

constexpr std::size_t kMaxKeyBytes = 1'024;
constexpr std::size_t kMaxTokenBytes = 8'192;
constexpr std::size_t kMaxMessageBytes = 300;

Result<XmlElement> ParseRoot(std::string_view body, std::string_view name) {
  auto root = ParseXml(body);
  if (!root.ok()) return root.status().Wrap("reading <" + std::string(name) + ">");
  if (root->name != name) {
    return DataLoss("the server answered <" + Printable(root->name, 60) + "> where <" +
                    std::string(name) + "> belongs");
  }
  return root;
}

Result<bool> ReadBool(const XmlElement& root, std::string_view name) {
  const std::string_view text = root.Text(name);
  if (text != "true" && text != "false") {
    return DataLoss("<" + std::string(name) + "> is neither true nor false");
  }
  return text == "true";
}

Result<std::string> ReadText(const XmlElement& element, std::string_view name, std::size_t limit) {
  const std::string_view text = element.Text(name);
  if (text.empty() || text.size() > limit) {
    return DataLoss("<" + std::string(name) + "> is missing or too long");
  }
  return std::string(text);
}

Result<TimeMs> ReadTime(const XmlElement& element, std::string_view name) {
  auto time = ParseTime(element.Text(name));
  if (!time.ok()) return DataLoss("<" + std::string(name) + "> is no time");
  return time;
}

// A key that cannot be decoded is no key of ours, and stays as it stands.
std::string DecodeKey(std::string key, bool encoded) {
  if (!encoded) return key;
  auto decoded = http::PercentDecode(key, true);
  return decoded.ok() ? *std::move(decoded) : key;
}

}  // namespace

std::string Printable(std::string_view text, std::size_t limit) {
  std::string printable;
  for (std::size_t at = 0; at < text.size() && printable.size() < limit;) {
    const std::uint32_t c = DecodeUtf8(text, &at);
    if (c >= ' ' && c != 0x7F && c != kReplacementCharacter && !(c >= 0x80 && c < 0xA0)) {
      AppendUtf8(c, &printable);
    }
  }
  return printable;
}

Result<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return DataLoss("'" + Printable(text, 40) + "' is no size");
  }
  return size;
}

Result<ObjectPage> ParseObjectPage(std::string_view body) {
  VANG_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "ListBucketResult"));
  const bool encoded = root.Text("EncodingType") == "url";
  ObjectPage page;
  for (const XmlElement& element : root.children) {
    if (element.name != "Contents") continue;
    ObjectPage::Entry entry;
    VANG_ASSIGN_OR_RETURN(std::string key, ReadText(element, "Key", 3 * kMaxKeyBytes));
    entry.key = DecodeKey(std::move(key), encoded);
    VANG_ASSIGN_OR_RETURN(entry.size, ParseSize(element.Text("Size")));
    VANG_ASSIGN_OR_RETURN(entry.modified, ReadTime(element, "LastModified"));
    page.entries.push_back(std::move(entry));
  }
  VANG_ASSIGN_OR_RETURN(const bool truncated, ReadBool(root, "IsTruncated"));
  if (truncated) {
    VANG_ASSIGN_OR_RETURN(page.next, ReadText(root, "NextContinuationToken", kMaxTokenBytes));
  }
  return page;
}

Result<UploadPage> ParseUploadPage(std::string_view body) {
  VANG_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "ListMultipartUploadsResult"));
  const bool encoded = root.Text("EncodingType") == "url";
  UploadPage page;
  for (const XmlElement& element : root.children) {
    if (element.name != "Upload") continue;
    UploadPage::Entry entry;
    VANG_ASSIGN_OR_RETURN(std::string key, ReadText(element, "Key", 3 * kMaxKeyBytes));
    entry.key = DecodeKey(std::move(key), encoded);
    VANG_ASSIGN_OR_RETURN(entry.upload_id, ReadText(element, "UploadId", kMaxTokenBytes));
    VANG_ASSIGN_OR_RETURN(entry.initiated, ReadTime(element, "Initiated"));
    page.entries.push_back(std::move(entry));
  }
  VANG_ASSIGN_OR_RETURN(page.truncated, ReadBool(root, "IsTruncated"));
  if (page.truncated) {
    VANG_ASSIGN_OR_RETURN(std::string key, ReadText(root, "NextKeyMarker", 3 * kMaxKeyBytes));
    page.next_key = DecodeKey(std::move(key), encoded);
    VANG_ASSIGN_OR_RETURN(page.next_upload_id,
                          ReadText(root, "NextUploadIdMarker", kMaxTokenBytes));
  }
  return page;
}

Result<std::string> ParseUploadId(std::string_view body) {
  VANG_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "InitiateMultipartUploadResult"));
  return ReadText(root, "UploadId", kMaxTokenBytes);
}

Result<bool> ParseVersioning(std::string_view body) {
  VANG_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "VersioningConfiguration"));
  return root.Text("Status") == "Enabled";
}

ErrorBody ParseErrorBody(std::string_view body) {
  const auto root = ParseXml(body);
  if (!root.ok() || root->name != "Error") return {};
  return {Printable(root->Text("Code"), 80), Printable(root->Text("Message"), kMaxMessageBytes)};
}

std::string CompleteBody(const std::vector<CompletedPart>& parts) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  int number = 0;
  for (const CompletedPart& part : parts) {
    body += "<Part><PartNumber>" + std::to_string(++number) + "</PartNumber><ETag>" +
            EscapeXml(part.etag) + "</ETag>";
    if (!part.crc32c.empty()) body += "<ChecksumCRC32C>" + part.crc32c + "</ChecksumCRC32C>";
    body += "</Part>";
  }
  return body + "</CompleteMultipartUpload>";
}

Result<ContentRange> ParseContentRange(std::string_view value) {
  const Status bad = DataLoss("'" + Printable(value, 80) + "' is no range of an object");
  constexpr std::string_view kUnit = "bytes ";
  const std::size_t dash = value.find('-');
  const std::size_t slash = value.find('/');
  if (!value.starts_with(kUnit) || dash == std::string_view::npos ||
      slash == std::string_view::npos || slash < dash) {
    return bad;
  }
  const auto begin = ParseSize(value.substr(kUnit.size(), dash - kUnit.size()));
  const auto last = ParseSize(value.substr(dash + 1, slash - dash - 1));
  const auto size = ParseSize(value.substr(slash + 1));
  if (!begin.ok() || !last.ok() || !size.ok() || *last < *begin || *last >= *size) return bad;
  return ContentRange{*begin, *last + 1, *size};
}

}  // namespace vang::s3
