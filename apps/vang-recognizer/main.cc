// vang-recognizer FOLDER FAMILY MEMORY_BYTES
//
// The child process in which a speech model runs; WorkerTranscriber starts it and speaks
// libs/adapters/transcriber/worker/wire.h with it over standard input and output. Loads the model,
// decodes a second of sound, says that it is ready, then answers until the input ends.
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "apps/vang-recognizer/confinement.h"
#include "apps/vang-recognizer/engine.h"
#include "libs/adapters/transcriber/worker/wire.h"
#include "libs/base/file.h"

namespace vang {
namespace {

using recognizer_wire::MessageType;

// A second that makes the network do everything: faint hiss (no digital silence, at which some
// models misbehave) and a tone in the middle. The same in each run.
std::vector<float> TrialSound() {
  std::vector<float> samples(16000);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    samples[i] = 0.002F * (static_cast<float>(state >> 8) / 8388608.0F - 1.0F);
    if (i > 5000 && i < 11000) {
      samples[i] += 0.1F * std::sin(0.0863937F * static_cast<float>(i));  // 220 Hz
    }
  }
  return samples;
}

// False at the end of the input.
Result<bool> ReadExactly(std::string* bytes) {
  std::size_t got = 0;
  while (got < bytes->size()) {
    const ssize_t n = ::read(STDIN_FILENO, bytes->data() + got, bytes->size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "reading a request");
    if (n == 0 && got == 0) return false;
    if (n == 0) return DataLoss("a request is cut off");
    got += static_cast<std::size_t>(n);
  }
  return true;
}

Status Answer(int output, const Result<Recognition>& result) {
  const std::string message =
      result.ok() ? recognizer_wire::EncodeMessage(
                        MessageType::kResult, recognizer_wire::EncodeRecognition(result.value()))
                  : recognizer_wire::EncodeMessage(MessageType::kFailed,
                                                   recognizer_wire::EncodeFailure(result.status()));
  return WriteAll(output, message);
}

Status Serve(int output, Engine* engine) {
  while (true) {
    std::string bytes(recognizer_wire::kHeaderBytes, '\0');
    VANG_ASSIGN_OR_RETURN(const bool more, ReadExactly(&bytes));
    if (!more) return {};
    VANG_ASSIGN_OR_RETURN(const recognizer_wire::Header header,
                          recognizer_wire::DecodeHeader(bytes));
    if (header.type != MessageType::kRecognize) return DataLoss("a request of the wrong type");
    bytes.assign(header.size, '\0');
    VANG_ASSIGN_OR_RETURN(const bool whole, ReadExactly(&bytes));
    if (!whole && header.size > 0) return DataLoss("a request is cut off");
    VANG_ASSIGN_OR_RETURN(const std::vector<float> samples, recognizer_wire::DecodeSamples(bytes));
    VANG_RETURN_IF_ERROR(Answer(output, engine->Recognize(samples)));
  }
}

Result<std::unique_ptr<Engine>> Load(const std::string& folder, const std::string& family,
                                     const std::string& memory) {
  std::uint64_t memory_limit = 0;
  const auto [end, error] =
      std::from_chars(memory.data(), memory.data() + memory.size(), memory_limit);
  if (error != std::errc() || end != memory.data() + memory.size()) {
    return InvalidArgument("the memory limit '" + memory + "' is not a number of bytes");
  }
  VANG_RETURN_IF_ERROR(Confine(memory_limit));
  VANG_ASSIGN_OR_RETURN(auto engine, OpenEngine(family, folder));
  const Result<Recognition> tried = engine->Recognize(TrialSound());
  if (!tried.ok()) return tried.status().Wrap("trying the model on a second of sound");
  return engine;
}

int Run(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: vang-recognizer FOLDER FAMILY MEMORY_BYTES\n", stderr);
    return 2;
  }
  // Messages go through a descriptor of their own: what a library prints must not get among them.
  const int output = ::dup(STDOUT_FILENO);
  if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
  EndWithParent(STDIN_FILENO);
  Result<std::unique_ptr<Engine>> engine = Internal("not loaded");
  try {
    engine = Load(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    engine = InvalidArgument("loading the model failed: " + std::string(error.what()));
  }
  if (!engine.ok()) {
    const Status told = Answer(output, engine.status());
    return told.ok() ? 1 : 3;
  }
  Status status = WriteAll(output, recognizer_wire::EncodeMessage(MessageType::kReady, ""));
  if (status.ok()) status = Serve(output, engine.value().get());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = vang::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  // Without taking the libraries down: everything is said, and a bad model may crash them there.
  ::_exit(code);
}
