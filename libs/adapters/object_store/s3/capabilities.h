// What the server behind a bucket can do beyond the oldest S3, found out by trying it: names and
// versions of servers say little, and a header that is not understood is mostly passed over in
// silence.
#pragma once

#include <string>

#include "libs/adapters/object_store/s3/client.h"

namespace vang::s3 {

struct Capabilities {
  std::string server;  // what it calls itself
  // `If-None-Match: *` refuses to replace an object, by PutObject and by CompleteMultipartUpload.
  bool conditional_put = false;
  bool conditional_complete = false;
  // A CRC-32C may be sent with an object, and is checked; the same for one sent in parts.
  bool checksum_accepted = false;
  bool checksum_verified = false;
  bool checksum_of_parts = false;
  // Listings come in the order of the keys' bytes.
  bool ordered_list = false;
  // Old versions of deleted objects stay in the bucket.
  bool versioning = false;

  // One line for the log and /readyz.
  std::string ToString() const;
};

// Writes, reads and removes some small objects below `folder` (ends with '/'). Fails when the
// server cannot be reached or the bucket not be used.
Result<Capabilities> ProbeCapabilities(const Context& context, Client& client,
                                       const std::string& folder);

}  // namespace vang::s3
