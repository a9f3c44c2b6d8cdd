// A recogniser that only takes time, for distributed_bench: half a second a piece on no core at
// all, as if it ran on another machine. It speaks what vang-recognizer speaks.
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "libs/adapters/transcriber/worker/wire.h"
#include "libs/base/file.h"

namespace vang {
namespace {

using recognizer_wire::MessageType;

constexpr std::chrono::milliseconds kPiece{500};

bool ReadExactly(std::string* bytes) {
  std::size_t got = 0;
  while (got < bytes->size()) {
    const ssize_t n = ::read(STDIN_FILENO, bytes->data() + got, bytes->size() - got);
    if (n <= 0) return false;
    got += static_cast<std::size_t>(n);
  }
  return true;
}

bool Say(MessageType type, std::string_view payload) {
  return WriteAll(STDOUT_FILENO, recognizer_wire::EncodeMessage(type, payload)).ok();
}

int Run() {
  Recognition recognition;
  recognition.words.push_back({"xin", 0.1, 0.4, 0.9, 0, 0});
  recognition.words.push_back({"chào", 0.4, 0.8, 0.9, 0, 0});
  const std::string result = recognizer_wire::EncodeRecognition(recognition);
  if (!Say(MessageType::kReady, "")) return 1;
  while (true) {
    std::string bytes(recognizer_wire::kHeaderBytes, '\0');
    if (!ReadExactly(&bytes)) return 0;
    const auto header = recognizer_wire::DecodeHeader(bytes);
    if (!header.ok()) return 1;
    bytes.assign(header->size, '\0');
    if (!ReadExactly(&bytes)) return 1;
    std::this_thread::sleep_for(kPiece);
    if (!Say(MessageType::kResult, result)) return 1;
  }
}

}  // namespace
}  // namespace vang

int main() { return vang::Run(); }
