// The object store of the distributed shape: one bucket of any server that speaks the S3 API, by
// requests that all of them know. What a server lacks is found out by trying (see capabilities.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/object_store.h"

namespace vang {

struct S3ObjectStoreConfig {
  std::string endpoint;  // "https://s3.eu-central-1.amazonaws.com", "http://127.0.0.1:9000"
  std::string bucket;
  std::string region = "us-east-1";
  // Put before every key in the bucket, so that several stores may share one; ends with '/'.
  std::string prefix = "";
  // https://HOST/BUCKET/KEY, which every server understands; false = https://BUCKET.HOST/KEY.
  bool path_style = true;
  // PEM file with the authorities to trust; empty = those of the system.
  std::filesystem::path ca_file = {};
  // Each file holds one word; read again when it changes. The token belongs to temporary
  // credentials and may be left out.
  std::filesystem::path access_key_id_file;
  std::filesystem::path secret_access_key_file;
  std::filesystem::path session_token_file = {};
  // Makes the bucket at start when it is missing.
  bool create_bucket = false;
  // Nothing is changed at the server, not even to learn what it can do: List, Stat, Get and
  // OpenFile work (List of much is slow, and kNotFound without a bucket), what writes is
  // kFailedPrecondition.
  bool read_only = false;
  // Where objects over 1 MiB grow before Commit, and where OpenFile puts what it brings; empty =
  // the system's folder for temporary files. The files have no name and vanish with the process.
  std::filesystem::path spool_folder = {};
  // An object over this size goes in parts of it; 5 MiB at least. Ten thousand parts are the limit.
  std::uint64_t part_bytes = std::uint64_t{64} << 20;
  int max_requests = 64;     // under way at once, over all threads
  int parts_in_flight = 4;   // of one large object
  Duration silence{30'000};  // a server that neither takes nor brings a byte so long is given up
  // A request that failed for a passing reason is tried again for so long, within the deadline.
  Duration retry_for{30'000};
  // An upload begun so long ago and not finished belongs to a process that died.
  Duration stale_after{24 * 3'600'000};
  const Clock* clock = &Clock::System();
};

// kInvalidArgument for a bad configuration. When the server is there it is asked what it can do,
// and what uploads of dead processes left is removed: then wrong credentials
// (kPermissionDenied, kUnauthenticated) and a missing bucket (kFailedPrecondition) are told here.
// A server that is not there yet is no error: the first use that finds it asks.
Result<std::unique_ptr<ObjectStore>> OpenS3ObjectStore(const Context& context,
                                                       const S3ObjectStoreConfig& config);

}  // namespace vang
