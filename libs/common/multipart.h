// multipart/form-data (RFC 7578) as it comes off the wire, in pieces of any size: nothing is held
// but one part's header block and the bytes that may be the beginning of a boundary. Pure: no
// input, no clock, no threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/status.h"

namespace vang {

struct MultipartLimits {
  std::size_t max_preamble_bytes = 1 << 10;
  std::size_t max_header_bytes = 8 << 10;  // of one part
  std::size_t max_parts = 32;
  std::size_t max_field_bytes = 16 << 10;  // of a part without a file name
};

struct MultipartPart {
  std::string name;
  // As sent, path parts and all, valid UTF-8; filename* (RFC 5987) wins over filename.
  std::optional<std::string> file_name;
  std::string content_type;  // empty when the part says none
};

// What hears of the parts. A failure ends the parsing and is what Push returns.
class MultipartSink {
 public:
  virtual ~MultipartSink() = default;
  virtual Status BeginPart(const MultipartPart& part) = 0;
  virtual Status PartData(std::string_view bytes) = 0;  // never empty
  virtual Status EndPart() = 0;
};

// One message. The sink must outlive it. Not thread-safe.
class MultipartParser {
 public:
  // `boundary` as BoundaryOf gives it.
  MultipartParser(std::string_view boundary, MultipartSink* sink, MultipartLimits limits = {});

  // kInvalidArgument says what is malformed, kOutOfRange which limit is passed. After a failure the
  // parser only repeats it.
  Status Push(std::string_view bytes);
  // The input is over: kInvalidArgument when the closing boundary has not come.
  Status Finish();

 private:
  enum class State { kPreamble, kAfterBoundary, kHeaders, kBody, kEpilogue };

  Status Advance();
  // Each makes one step on buffer_; *more says whether another may be possible.
  Status SkipPreamble(bool* more);
  Status ReadAfterBoundary(bool* more);
  Status ReadHeaders(bool* more);
  Status ReadBody(bool* more);
  Status Deliver(std::string_view bytes);

  const std::string delimiter_;  // "\r\n--" boundary
  MultipartSink* const sink_;
  const MultipartLimits limits_;
  State state_ = State::kPreamble;
  Status failure_;
  std::string buffer_;
  std::size_t preamble_bytes_ = 0;
  std::size_t parts_ = 0;
  bool is_field_ = false;
  std::size_t field_bytes_ = 0;
};

// The boundary (1..70 characters, RFC 2046) of a Content-Type. kInvalidArgument when it is not
// multipart/form-data with a boundary that is allowed.
Result<std::string> BoundaryOf(std::string_view content_type);

// A header value of the form `token; name=value; name="value"`: the token in lower case and the
// parameters, names in lower case. kInvalidArgument when it is malformed or names one twice. In a
// quoted value only \" and \\ are escapes: browsers send Windows paths with bare backslashes.
struct HeaderValue {
  std::string token;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::optional<std::string> Get(std::string_view name) const;
};
Result<HeaderValue> ParseHeaderValue(std::string_view text);

}  // namespace vang
