#include "services/ingestion/media_type.h"

#include "libs/speech/media_format.h"

namespace vang {

Result<std::string> SniffMediaType(std::string_view head) {
  const MediaFormat known = FindMediaFormat(head);
  if (known.container != Container::kNone) return std::string(known.media_type);
  if (!known.name.empty()) {
    return Status(Code::kUnimplemented,
                  "this is " + std::string(known.name) +
                      ", whatever its name says; send sound or video (wav, mp3, m4a, ogg, opus, "
                      "webm, flac, amr, wma, mp4, …)");
  }
  if (AdtsFrameLength(head) != 0) return std::string("audio/aac");
  if (head.starts_with("ID3") || MpegFrameLength(head) != 0) return std::string("audio/mpeg");
  return std::string("application/octet-stream");
}

}  // namespace vang
