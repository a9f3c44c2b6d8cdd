// One upload on its way into the object store: hashed and written as it comes, never held whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/sha256.h"
#include "libs/ports/object_store.h"

namespace vang {

struct StoredAudio {
  std::string sha256;
  std::string object_key;
  std::uint64_t bytes = 0;
  std::string media_type;
};

// Destroyed before Finish is OK, it leaves nothing behind. The store must outlive it. Not
// thread-safe.
class AudioUpload {
 public:
  AudioUpload(const Context& context, ObjectStore* objects, std::uint64_t max_bytes);

  // kOutOfRange (413) over the limit, kUnimplemented (415) for what is no sound, kResourceExhausted
  // (507) when the store is full.
  Status Append(std::string_view bytes);

  // Durable under the tenant's content address when it returns. kInvalidArgument when no byte came.
  Result<StoredAudio> Finish(const std::string& tenant);

  std::uint64_t bytes() const { return bytes_; }

 private:
  // Judges the head and opens the object with it.
  Status Begin();
  Status Write(std::string_view bytes);

  const Context context_;
  ObjectStore* const objects_;
  const std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::string head_;  // until it is long enough to tell the media type
  std::string media_type_;
  std::unique_ptr<ObjectWriter> writer_;
  Sha256 hash_;
};

}  // namespace vang
