// Brings one object to its key, whole or in parts, and never over another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/adapters/object_store/s3/capabilities.h"
#include "libs/adapters/object_store/s3/client.h"
#include "libs/adapters/object_store/s3/key_locks.h"
#include "libs/adapters/object_store/s3/multipart_upload.h"

namespace vang::s3 {

inline constexpr std::uint64_t kMaxParts = 10'000;

// What is to be stored, at hand until it is: a try that fails can be made again from the start.
struct Content {
  std::string_view bytes;   // all of it, or
  int file = -1;            // a file that holds it
  std::vector<Part> parts;  // of one size but the last; one part is sent whole
  std::uint32_t crc32c = 0;
};

// Where things lie in the bucket, all below the configured prefix.
struct Layout {
  std::string objects;  // <prefix>objects/KEY
  // A marker <prefix>uploads/<random>/KEY stands for each upload in parts that is under way, so
  // that what a process leaves behind when it dies can be found: servers list uploads by key alone.
  std::string uploads;
  std::string probe;  // <prefix>probe/
};

// Thread-safe.
class Uploader {
 public:
  Uploader(Client* client, Layout layout, const S3ObjectStoreConfig& config)
      : client_(client), layout_(std::move(layout)), config_(config) {}

  // True = new; false = the key existed and is unchanged.
  Result<bool> Upload(const Context& context, const Capabilities& can, const std::string& key,
                      const Content& content);

  // Removes what uploads, markers and probes of dead processes left.
  Status Sweep(const Context& context);

 private:
  Result<bool> PutWhole(const Context& context, const Capabilities& can, const std::string& key,
                        const Content& content);
  Result<bool> PutInParts(const Context& context, const Capabilities& can, const std::string& key,
                          const Content& content);
  Result<bool> TryInParts(const Context& context, const Capabilities& can, const std::string& key,
                          const Content& content);
  Status SendParts(const Context& context, const Content& content, MultipartUpload* upload);
  Result<bool> CompleteOnce(const Context& context, const Capabilities& can,
                            const std::string& object, const std::string& writer,
                            std::uint32_t crc32c, MultipartUpload* upload);
  // Whether the object is there, and if so who wrote it.
  Result<bool> Exists(const Context& context, const std::string& object, std::string* writer);
  Result<bool> IsOurs(const Context& context, const std::string& object, const std::string& writer);
  Status SweepUploads(const Context& context, const std::string& object);
  bool IsStale(TimeMs begun) const;

  Client* const client_;
  const Layout layout_;
  const S3ObjectStoreConfig config_;
  KeyLocks locks_;
};

}  // namespace vang::s3
