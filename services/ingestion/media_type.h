// What the first bytes of an upload say it is. The client's word (part type, file name) counts for
// nothing: a text called .mp3 is a text. Whether sound can be decoded is the decoder's to judge.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace vang {

// So many bytes from the start decide (fewer when the upload is shorter).
inline constexpr std::size_t kSniffBytes = 1'024;

// The media type of sound and video that we know, application/octet-stream for what is unknown.
// kUnimplemented (HTTP 415) names what was found when it is plainly neither: text, an archive, a
// document, an image, a program.
Result<std::string> SniffMediaType(std::string_view head);

}  // namespace vang
