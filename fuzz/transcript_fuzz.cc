// Stored transcripts: the indices of an accepted one are safe to use.
#include <cstdint>

#include "libs/common/transcript.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto raw = vang::DecodeRawTranscript(text); raw.ok()) {
    for (const vang::RawSegment& segment : raw.value().segments) {
      for (const vang::Word& word : segment.words) {
        if (std::size_t{word.first_token} + word.token_count > segment.tokens.size()) {
          __builtin_trap();
        }
      }
    }
  }
  if (const auto readable = vang::DecodeReadableTranscript(text); readable.ok()) {
    for (const vang::ReadableSegment& segment : readable.value().segments) {
      for (const vang::TextSpan& span : segment.spans) {
        if (span.begin > span.end || span.end > segment.text.size()) __builtin_trap();
      }
    }
  }
  return 0;
}
