// What the first bytes (libs/speech/media_format.h) of an upload say it is. The client's word (part
// type, file name) counts for nothing: a text called .mp3 is a text. Whether sound can be decoded
// is the decoder's to judge.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace vang {

// The media type of sound and video that we know, application/octet-stream for what is unknown.
// kUnimplemented (HTTP 415) names what was found when it is plainly neither: text, an archive, a
// document, a picture, a program, a film that is not supported. `head` is kMediaHeadBytes long,
// less for a shorter upload.
Result<std::string> SniffMediaType(std::string_view head);

}  // namespace vang
