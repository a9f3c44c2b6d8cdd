// Brings objects here and proves that they are whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "libs/adapters/object_store/s3/client.h"
#include "libs/base/file.h"

namespace vang::s3 {

struct Head {
  std::uint64_t size = 0;
  std::string etag;
  std::optional<std::string> crc32c;  // of the whole, when the server keeps it
};

Result<Head> ReadHead(const Context& context, Client& client, const std::string& object);

// kOutOfRange over `limit` bytes, kDataLoss when the bytes are not those that were stored.
Result<std::string> DownloadToMemory(const Context& context, Client& client,
                                     const std::string& object, std::size_t limit);

// Into a spool file in `folder`, in stretches, so that a connection that breaks costs one of them.
// kAborted when another object took the place of this one meanwhile.
Result<FileDescriptor> DownloadToFile(const Context& context, Client& client,
                                      const std::string& object,
                                      const std::filesystem::path& folder);

}  // namespace vang::s3
