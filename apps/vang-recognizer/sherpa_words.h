// What sherpa-onnx gives (subword tokens, some with times, some with probabilities) as words.
//
// Words are made of tokens: one that begins with a space begins a word. They come out as
// libs/vietnamese writes words: lower case, NFC, without punctuation. A word ends where the next
// one starts or, before a pause, a little after its last token: public models mark where a token
// begins and not how long it lasts. Without times of tokens (Whisper exported without its
// attention) words are spread over the sound by their length, which places them to within a few
// seconds.
//
// Confidence of a token is its probability, of a word the geometric mean over its tokens. Families
// that tell no probabilities (CTC, Whisper) give kUnknownConfidence throughout.
#pragma once

#include <string>
#include <vector>

#include "libs/ports/transcriber.h"

namespace vang {

inline constexpr double kUnknownConfidence = 0.5;

// Lists are as long as `tokens`, or empty when the model does not tell.
struct SherpaResult {
  std::string text;
  double seconds = 0;  // of the sound
  std::vector<std::string> tokens;
  std::vector<float> starts;
  std::vector<float> durations;
  std::vector<float> log_probs;
};

Recognition ToRecognition(const SherpaResult& result);

}  // namespace vang
