// A file without a name, for bytes on their way to or from the server: it is gone with its last
// descriptor, so that a crash leaves nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "libs/base/file.h"

namespace vang::s3 {

// For reading and writing. `folder` empty = the system's for temporary files.
Result<FileDescriptor> CreateSpool(const std::filesystem::path& folder);

// kResourceExhausted when the disk is full.
Status WriteAt(int fd, std::uint64_t offset, std::string_view bytes);

// The same file, for reading alone, at its beginning.
Result<FileDescriptor> ReopenForReading(const FileDescriptor& spool);

}  // namespace vang::s3
