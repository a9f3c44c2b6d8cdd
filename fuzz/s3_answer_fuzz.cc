// What an S3 server answers: whatever it is, it is read within bounds or refused.
#include <cstdint>

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/errors.h"
#include "libs/adapters/object_store/s3/xml.h"

namespace {

std::size_t Depth(const vang::s3::XmlElement& element) {
  std::size_t deepest = 0;
  for (const auto& child : element.children) deepest = std::max(deepest, Depth(child));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vang::s3;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto root = ParseXml(body);
  if (root.ok() && Depth(*root) > 16) __builtin_trap();

  if (const auto page = ParseObjectPage(body); page.ok()) {
    for (const auto& entry : page->entries) {
      if (entry.key.empty()) __builtin_trap();
    }
  }
  if (const auto page = ParseUploadPage(body); page.ok() && page->truncated) {
    if (page->next_key.empty() || page->next_upload_id.empty()) __builtin_trap();
  }
  if (const auto id = ParseUploadId(body); id.ok() && id->empty()) __builtin_trap();
  [[maybe_unused]] const auto versioning = ParseVersioning(body);
  if (const auto range = ParseContentRange(body);
      range.ok() && (range->begin >= range->end || range->end > range->size)) {
    __builtin_trap();
  }

  vang::http::Response response;
  response.status = size > 0 ? 100 + data[0] * 2 : 500;
  response.body = body;
  const vang::Status status = StatusOfAnswer(response, {}, "GET x");
  if (status.ok() || status.message().size() > 1'000) __builtin_trap();
  for (const char c : status.message()) {
    if ((c >= 0 && c < ' ') || c == 0x7F) __builtin_trap();
  }
  // What we write ourselves is XML, whatever the server named it.
  if (!ParseXml(CompleteBody({{Printable(body, 1'024), ""}})).ok()) __builtin_trap();
  return 0;
}
