// One object on its way in parts. Invisible until Complete.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/client.h"

namespace vang::s3 {

inline constexpr char kChecksumHeader[] = "x-amz-checksum-crc32c";

// A stretch of the object with what the server checks it by.
struct Part {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string sha256 = {};  // lower-case hex
  std::uint32_t crc32c = 0;
};

// SendPart may be called from several threads at once, the others from one.
class MultipartUpload {
 public:
  // `checksum`: parts and whole carry their CRC-32C.
  MultipartUpload(Client* client, std::string key, bool checksum)
      : client_(client), key_(std::move(key)), checksum_(checksum) {}

  // The answer may be a refusal; then there is nothing to abort.
  Result<Answer> Begin(const Context& context, const Fields& headers);

  // Part `number` (from 1): bytes of `file`, or `bytes` for those in memory.
  Status SendPart(const Context& context, int number, const Part& part, int file);
  Status SendPart(const Context& context, int number, const Part& part, std::string_view bytes);

  // `crc32c` of the whole; with `conditional`, 412 when the key exists. A server that reports a
  // failure in an answer that begins with 200 is translated: the status then is 500.
  Result<Answer> Complete(const Context& context, std::uint32_t crc32c, bool conditional);

  // Gives the parts up, with a deadline of its own. kNotFound when the server knows of no such
  // upload: it was completed, or lost.
  Status Abort();

 private:
  Status Send(const Context& context, int number, const Part& part, Call call);

  Client* const client_;
  const std::string key_;
  const bool checksum_;
  std::string upload_id_;
  std::mutex mutex_;
  std::vector<CompletedPart> parts_;
};

}  // namespace vang::s3
