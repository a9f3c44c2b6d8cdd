// The layers of a transcript and their stored form (JSON objects in the object store). Each layer
// is immutable; a readable span always leads back to words, tokens and so to the audio.
//
//   raw       segments → tokens (recogniser units) and words (syllables), seconds from the start
//   readable  segments → text, with spans: byte range of the text ↔ range of raw words
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang {

struct Token {
  std::string text;
  double start = 0;  // seconds
  double end = 0;
  double confidence = 0;  // 0..1
};

struct Word {
  std::string text;
  double start = 0;  // seconds
  double end = 0;
  double confidence = 0;  // 0..1
  // The word's tokens in its segment's `tokens`.
  std::uint32_t first_token = 0;
  std::uint32_t token_count = 0;
};

struct RawSegment {
  double start = 0;
  double end = 0;
  std::vector<Token> tokens;
  std::vector<Word> words;
};

struct RawTranscript {
  std::string recording_id;
  std::string version_id;
  std::string model_id;
  double audio_seconds = 0;
  double speech_seconds = 0;
  std::vector<RawSegment> segments;
};

// `begin`..`end` are bytes of the segment's text; `first_word`.. count words over the whole raw
// transcript, segments one after the other.
struct TextSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t first_word = 0;
  std::uint32_t word_count = 0;
};

struct ReadableSegment {
  double start = 0;
  double end = 0;
  double confidence = 0;  // mean over its words
  std::string text;
  std::vector<TextSpan> spans;  // in order, not overlapping
};

// One change that the text stage made, located on both sides.
struct TextEdit {
  std::uint32_t segment = 0;
  std::uint32_t begin = 0;  // bytes in the readable segment's text
  std::uint32_t end = 0;
  std::uint32_t first_word = 0;
  std::uint32_t word_count = 0;
  std::string kind;  // "number", "capital", "punctuation", …
  std::string before;
  std::string after;
  double confidence = 1;
};

struct ReadableTranscript {
  std::string recording_id;
  std::string version_id;
  std::string model_id;
  double audio_seconds = 0;
  std::vector<ReadableSegment> segments;
  std::vector<TextEdit> edits;
};

// Deterministic: equal transcripts give equal bytes. Times keep three decimals.
std::string EncodeRawTranscript(const RawTranscript& transcript);
std::string EncodeReadableTranscript(const ReadableTranscript& transcript);

// Bounds and order are checked: a decoded transcript's indices and offsets are safe to use.
// kDataLoss when the bytes are not such a transcript.
Result<RawTranscript> DecodeRawTranscript(std::string_view json);
Result<ReadableTranscript> DecodeReadableTranscript(std::string_view json);

// Object keys. Every key starts with its tenant.
std::string AudioKey(std::string_view tenant, std::string_view sha256);
// What all transcripts of a recording start with.
std::string TranscriptFolder(std::string_view tenant, std::string_view recording_id);
std::string RawTranscriptKey(std::string_view tenant, std::string_view recording_id,
                             std::string_view version_id);
std::string ReadableTranscriptKey(std::string_view tenant, std::string_view recording_id,
                                  std::string_view version_id);

}  // namespace vang
