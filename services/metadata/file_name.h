// Names for downloads: what a browser suggests for "save as".
#pragma once

#include <string>
#include <string_view>

namespace vang::metadata {

// Content-Disposition (RFC 6266): the name in ASCII for old clients and in full (RFC 5987).
// `kind` is "inline" or "attachment".
std::string ContentDisposition(std::string_view kind, std::string_view file_name);

// A file name made of a title: no path parts, control characters or reserved ones, not empty.
// `extension` has its dot.
std::string FileNameOf(std::string_view title, std::string_view extension);

}  // namespace vang::metadata
