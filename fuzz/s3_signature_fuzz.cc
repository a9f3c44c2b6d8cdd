// The canonical request has one line for each thing signed, whatever the key is: no byte of a path
// or a query can end its line early or pass for another's.
#include <algorithm>
#include <cstdint>

#include "libs/adapters/object_store/s3/signature.h"
#include "libs/common/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vang;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t third = size / 3;
  s3::SignedRequest request;
  request.method = "GET";
  request.path = "/" + input.substr(0, third);
  request.query = {{input.substr(third, third), input.substr(2 * third)}, {"b", "c"}};
  request.headers = {{"Host", "h"}, {"x-amz-date", "20150830T123600Z"}};
  request.payload_sha256 = "hash";
  const std::string text = s3::CanonicalRequest(request);

  // Method, path, query, two headers, an empty line, the names, the hash.
  if (std::count(text.begin(), text.end(), '\n') != 7) __builtin_trap();
  const std::size_t path_begin = text.find('\n') + 1;
  const std::size_t query_begin = text.find('\n', path_begin) + 1;
  const std::size_t query_end = text.find('\n', query_begin);
  const std::string path = text.substr(path_begin, query_begin - 1 - path_begin);
  const std::string query = text.substr(query_begin, query_end - query_begin);
  if (std::count(query.begin(), query.end(), '&') != 1) __builtin_trap();
  if (std::count(query.begin(), query.end(), '=') != 2) __builtin_trap();
  if (std::count(path.begin(), path.end(), '/') !=
      std::count(request.path.begin(), request.path.end(), '/')) {
    __builtin_trap();
  }
  // And it says the same path: nothing was lost or normalised.
  if (const auto decoded = http::PercentDecode(path, false); decoded.ok()) {
    if (*decoded != request.path) __builtin_trap();
  }
  return 0;
}
