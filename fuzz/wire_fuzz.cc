// What the recogniser's child says to us and we to it: either side takes any bytes of the other.
#include <cstdint>

#include "libs/adapters/transcriber/worker/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = vang::recognizer_wire;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto header = wire::DecodeHeader(bytes.substr(0, wire::kHeaderBytes)); header.ok()) {
    if (header->size > wire::kMaxPayload) __builtin_trap();
  }
  const std::string_view payload = bytes.substr(bytes.size() < wire::kHeaderBytes ? 0 : 5);
  if (const auto samples = wire::DecodeSamples(payload); samples.ok()) {
    if (wire::EncodeSamples(*samples) != payload) __builtin_trap();
  }
  if (const auto got = wire::DecodeRecognition(payload); got.ok()) {
    for (const vang::Word& word : got->words) {
      if (std::size_t{word.first_token} + word.token_count > got->tokens.size()) __builtin_trap();
    }
    // What was taken can be said again.
    if (wire::EncodeRecognition(*got) != payload) __builtin_trap();
  }
  if (wire::DecodeFailure(payload).ok()) __builtin_trap();
  return 0;
}
