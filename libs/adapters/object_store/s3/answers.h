// The answers of an S3 server as values, and the one body that we write ourselves. A server is not
// trusted: what is missing, malformed or out of bounds is kDataLoss and never a guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status.h"

namespace vang::s3 {

// A page of ListObjectsV2.
struct ObjectPage {
  struct Entry {
    std::string key;
    std::uint64_t size = 0;
    TimeMs modified = 0;
  };
  std::vector<Entry> entries;
  std::string next;  // empty = this was the last page
};
Result<ObjectPage> ParseObjectPage(std::string_view body);

// A page of ListMultipartUploads.
struct UploadPage {
  struct Entry {
    std::string key;
    std::string upload_id;
    TimeMs initiated = 0;
  };
  std::vector<Entry> entries;
  bool truncated = false;
  std::string next_key;
  std::string next_upload_id;
};
Result<UploadPage> ParseUploadPage(std::string_view body);

// Of CreateMultipartUpload.
Result<std::string> ParseUploadId(std::string_view body);

// Whether GetBucketVersioning says that deleted objects stay as old versions.
Result<bool> ParseVersioning(std::string_view body);

// The code of an <Error> and what the server says about it, shortened and printable. Empty when the
// body is none.
struct ErrorBody {
  std::string code;
  std::string message;
};
ErrorBody ParseErrorBody(std::string_view body);

// The body of CompleteMultipartUpload.
struct CompletedPart {
  std::string etag;
  std::string crc32c;  // base64; empty = none
};
std::string CompleteBody(const std::vector<CompletedPart>& parts);

// "bytes 0-9/100".
struct ContentRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // one past the last
  std::uint64_t size = 0;
};
Result<ContentRange> ParseContentRange(std::string_view value);

// What of `text` may stand in a message: no control characters, at most about `limit` bytes.
std::string Printable(std::string_view text, std::size_t limit);

// Digits and nothing else.
Result<std::uint64_t> ParseSize(std::string_view text);

}  // namespace vang::s3
