// AWS Signature Version 4, the form that travels in headers: proves to an S3 server who asks, and
// that method, path, query, the signed headers and the body are what was asked. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/adapters/object_store/s3/credentials.h"
#include "libs/base/clock.h"

namespace vang::s3 {

using Fields = std::vector<std::pair<std::string, std::string>>;

// What is signed. Path and query are plain, not percent-encoded; `headers` are those to sign and
// must hold Host and x-amz-date.
struct SignedRequest {
  std::string method = {};
  std::string path = {};
  Fields query = {};
  Fields headers = {};
  std::string payload_sha256 = {};  // lower-case hex
};

struct SigningScope {
  std::string region;
  std::string service = "s3";
  TimeMs now = 0;
};

// 20150830T123600Z, the value of x-amz-date.
std::string AmzDate(TimeMs time);

// The text whose hash is signed. As S3 has it, the path is encoded once and never normalised.
std::string CanonicalRequest(const SignedRequest& request);

// The value of the Authorization header.
std::string Authorization(const SignedRequest& request, const Credentials& credentials,
                          const SigningScope& scope);

}  // namespace vang::s3
