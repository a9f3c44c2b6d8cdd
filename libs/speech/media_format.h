// What a file is, by its first bytes and never by its name: the one table of formats, of those that
// Vang decodes and of what people send instead. Thread-safe, no state.
#pragma once

#include <cstddef>
#include <string_view>

namespace vang {

// So many bytes from the start decide; fewer when the file is shorter.
inline constexpr std::size_t kMediaHeadBytes = 1'024;

enum class Container {
  kNone,  // nothing that we decode
  kWav,
  kWave64,
  kAiff,
  kCaf,
  kAu,
  kFlac,
  kMp3,
  kAdts,
  kAmr,
  kOgg,
  kMatroska,
  kMp4,
  kAsf,
};

struct MediaFormat {
  Container container = Container::kNone;
  std::string_view media_type;  // of what we decode; else empty
  // For people: "WAV", or "a PDF document" for what we refuse. Empty: nothing that we know.
  std::string_view name;
};

// What a file with `head` at its front, behind an ID3 tag, is: one of the containers with a header
// of their own, or something to refuse, text (UTF-8, UTF-16, also one of a single character)
// included. Nameless for the rest, MPEG audio and ADTS among them: see below.
MediaFormat FindMediaFormat(std::string_view head);

// The length of the MPEG audio frame (layers 1 to 3) or ADTS frame at the front of `bytes`, of
// which the first 7 count; 0 when it is none. One frame alone may be anything.
std::size_t MpegFrameLength(std::string_view bytes);
std::size_t AdtsFrameLength(std::string_view bytes);

}  // namespace vang
