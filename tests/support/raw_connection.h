// Bytes to a server of this machine that no well-behaved client would send.
#pragma once

#include <string>

#include "libs/base/file.h"

namespace vang {

// A connection to the port of "http://host:port", at 127.0.0.1. Ends the program when there is
// none.
FileDescriptor ConnectTo(const std::string& url);

// Sends the bytes and nothing more; what the server says until it closes.
std::string Exchange(const std::string& url, const std::string& bytes);

}  // namespace vang
