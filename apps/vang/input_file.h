// A file that a command was given, or its standard input.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "libs/base/context.h"
#include "libs/base/file.h"
#include "libs/common/http.h"

namespace vang::cli {

struct InputFile {
  FileDescriptor file;  // readable from its beginning, seekable
  std::string name;     // for people and servers: without its folders
  std::uint64_t size = 0;
};

// "-" reads standard input to its end into a file that has no name. kInvalidArgument for a folder.
Result<InputFile> OpenInput(const std::string& path);

// 64 hex digits over the whole file.
Result<std::string> HashInput(const InputFile& input);

// The file as a request's body. `on_read` hears how many bytes have been taken.
std::unique_ptr<http::BodyReader> FileBody(FileDescriptor file,
                                           std::function<void(std::uint64_t)> on_read);

}  // namespace vang::cli
