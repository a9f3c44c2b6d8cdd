#include "libs/adapters/object_store/s3/config_check.h"

#include <algorithm>

#include "libs/base/utf8.h"

namespace vang::s3 {
namespace {

// Servers refuse smaller and larger ones.
constexpr std::uint64_t kMinPartBytes = std::uint64_t{5} << 20;
constexpr std::uint64_t kMaxPartBytes = std::uint64_t{5} << 30;
constexpr std::size_t kMaxPrefixBytes = 256;

bool IsBucketCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool IsRegionCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool IsBucket(const std::string& name) {
  return name.size() >= 3 && name.size() <= 63 &&
         std::all_of(name.begin(), name.end(), IsBucketCharacter) &&
         name.find("..") == std::string::npos && name.front() != '-' && name.front() != '.' &&
         name.back() != '-' && name.back() != '.';
}

// Parts between slashes that servers on top of a file system can take too.
bool IsPrefix(const std::string& prefix) {
  if (prefix.empty()) return true;
  if (prefix.size() > kMaxPrefixBytes || !prefix.ends_with('/') || !IsValidUtf8(prefix)) {
    return false;
  }
  if (std::any_of(prefix.begin(), prefix.end(),
                  [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; })) {
    return false;
  }
  for (std::size_t begin = 0; begin < prefix.size();) {
    const std::size_t slash = prefix.find('/', begin);
    const std::string part = prefix.substr(begin, slash - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = slash + 1;
  }
  return true;
}

}  // namespace

Status CheckConfig(const S3ObjectStoreConfig& config) {
  if (!IsBucket(config.bucket)) {
    return InvalidArgument("'" + config.bucket +
                           "' is no bucket name: 3 to 63 lower-case letters, digits, '-' and '.'");
  }
  const bool region = !config.region.empty() && config.region.size() <= 64 &&
                      std::all_of(config.region.begin(), config.region.end(), IsRegionCharacter);
  if (!region) return InvalidArgument("'" + config.region + "' is no region");
  if (!IsPrefix(config.prefix)) {
    return InvalidArgument("'" + config.prefix +
                           "' is no prefix of object keys; write one like vang/ or team/vang/");
  }
  if (config.part_bytes < kMinPartBytes || config.part_bytes > kMaxPartBytes) {
    return InvalidArgument("part_bytes is from 5 MiB to 5 GiB");
  }
  if (config.max_requests < 1 || config.parts_in_flight < 1) {
    return InvalidArgument("max_requests and parts_in_flight are at least 1");
  }
  if (config.silence < Duration(1'000) || config.retry_for < Duration(0) ||
      config.stale_after < Duration(0)) {
    return InvalidArgument("silence is at least a second, retry_for and stale_after not negative");
  }
  return {};
}

Status MissingBucket(const S3ObjectStoreConfig& config) {
  return FailedPrecondition("there is no bucket " + config.bucket + " at " + config.endpoint +
                            "; create it, set create_bucket, or mend its name");
}

}  // namespace vang::s3
