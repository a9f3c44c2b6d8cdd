// What WorkerTranscriber and vang-recognizer say to each other over the child's standard input and
// output. Each message is a little-endian uint32 (the payload's bytes), one byte (the type) and the
// payload. Neither side trusts the other: every length, count and number is checked.
//
//   child → kReady      empty; the model is loaded and has decoded a second of sound
//   us    → kRecognize  samples, float32
//   child → kResult     tokens and words
//   child → kFailed     a code and a message; before kReady the child ends after it
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"
#include "libs/ports/transcriber.h"

namespace vang::recognizer_wire {

enum class MessageType : std::uint8_t { kReady = 1, kRecognize = 2, kResult = 3, kFailed = 4 };

inline constexpr std::size_t kHeaderBytes = 5;
// 20 s at 16 kHz and what rounding to frames may add.
inline constexpr std::size_t kMaxSamples = 20 * 16000 + 400;
inline constexpr std::size_t kMaxPayload = std::size_t{4} << 20;

struct Header {
  MessageType type = MessageType::kReady;
  std::size_t size = 0;  // of the payload
};

std::string EncodeMessage(MessageType type, std::string_view payload);
// kDataLoss for an unknown type or a payload over kMaxPayload.
Result<Header> DecodeHeader(std::string_view bytes);

std::string EncodeSamples(std::span<const float> samples);
// kDataLoss when the bytes are no whole samples or too many.
Result<std::vector<float>> DecodeSamples(std::string_view payload);

std::string EncodeRecognition(const Recognition& recognition);
// kDataLoss unless times are finite, in order and not negative, confidences lie in 0..1, text is
// UTF-8 and words point at tokens that are there.
Result<Recognition> DecodeRecognition(std::string_view payload);

std::string EncodeFailure(const Status& status);
// The failure that the payload describes; kDataLoss when it describes none.
Status DecodeFailure(std::string_view payload);

}  // namespace vang::recognizer_wire
