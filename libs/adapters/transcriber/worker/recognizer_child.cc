#include "libs/adapters/transcriber/worker/recognizer_child.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "libs/base/descriptor_io.h"
#include "libs/base/utf8.h"

namespace vang {
namespace {

using recognizer_wire::MessageType;

constexpr std::size_t kMaxErrors = 8 << 10;
constexpr std::size_t kMaxLine = 400;
// How often standard error is emptied while an answer is awaited, so that a talkative library does
// not block on a full pipe.
constexpr Duration kDrainInterval{100};
// A process that has closed its output, or was killed, is about to end.
constexpr Duration kEndWait{2'000};

std::string Seconds(Duration duration) {
  return std::to_string((duration.count() + 999) / 1000) + " s";
}

}  // namespace

Result<std::unique_ptr<RecognizerChild>> RecognizerChild::Start(const std::string& program,
                                                                const SpeechModel& model,
                                                                std::uint64_t memory_limit) {
  Subprocess::Options options;
  options.program = program;
  options.args = {model.folder, model.family, std::to_string(memory_limit)};
  options.env = {"LC_ALL=C.UTF-8"};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // What a sanitizer finds in the child goes where its options say: its standard error is ours.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = ::getenv(name)) options.env.push_back(std::string(name) + "=" + value);
  }
#endif
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(options)));
  return std::unique_ptr<RecognizerChild>(new RecognizerChild(std::move(process)));
}

Status RecognizerChild::AwaitReady(const Context& context, Duration timeout) {
  const Result<Message> message = ReadMessage(context.WithTimeout(timeout));
  if (message.ok() && message->header.type == MessageType::kReady) return {};
  usable_ = false;
  VANG_RETURN_IF_ERROR(context.Check());
  if (message.ok() && message->header.type == MessageType::kFailed) {
    return InvalidArgument(recognizer_wire::DecodeFailure(message->payload).message());
  }
  if (message.status().code() == Code::kDeadlineExceeded) {
    return InvalidArgument("the model was not ready within " + Seconds(timeout) + ": " +
                           Obituary());
  }
  return InvalidArgument("the model ended the recogniser: " + Obituary());
}

Result<Recognition> RecognizerChild::Recognize(const Context& context,
                                               std::span<const float> samples, Duration timeout) {
  const Context limited = context.WithTimeout(timeout);
  const std::string request = recognizer_wire::EncodeMessage(
      MessageType::kRecognize, recognizer_wire::EncodeSamples(samples));
  Result<Message> message = SendAll(limited, process_.input_fd(), request, timeout);
  // A send that failed because the child is gone: what it may have said is read below.
  if (message.status().code() != Code::kCancelled &&
      message.status().code() != Code::kDeadlineExceeded) {
    message = ReadMessage(limited);
  }
  if (message.ok() && message->header.type == MessageType::kFailed) {
    return recognizer_wire::DecodeFailure(message->payload);
  }
  if (message.ok() && message->header.type == MessageType::kResult) {
    auto recognition = recognizer_wire::DecodeRecognition(message->payload);
    if (recognition.ok()) return recognition;
    message = recognition.status();
  }
  // Whatever it is at, its next answer would be to this question.
  usable_ = false;
  VANG_RETURN_IF_ERROR(context.Check());
  if (message.status().code() == Code::kDeadlineExceeded) {
    return Unavailable("the recogniser did not answer within " + Seconds(timeout) + ": " +
                       Obituary());
  }
  return Unavailable("the recogniser ended during a recognition: " + Obituary());
}

bool RecognizerChild::Alive() {
  if (usable_ && process_.Wait(Context(), Duration(0)).ok()) usable_ = false;
  return usable_;
}

Result<RecognizerChild::Message> RecognizerChild::ReadMessage(const Context& context) {
  std::string bytes(recognizer_wire::kHeaderBytes, '\0');
  VANG_RETURN_IF_ERROR(ReadExactly(context, &bytes));
  Message message;
  VANG_ASSIGN_OR_RETURN(message.header, recognizer_wire::DecodeHeader(bytes));
  message.payload.assign(message.header.size, '\0');
  VANG_RETURN_IF_ERROR(ReadExactly(context, &message.payload));
  return message;
}

Status RecognizerChild::ReadExactly(const Context& context, std::string* bytes) {
  std::span<char> rest(bytes->data(), bytes->size());
  while (!rest.empty()) {
    const Result<std::size_t> got = ReadSome(context, process_.output_fd(), rest, kDrainInterval);
    DrainErrors();
    if (got.ok()) {
      if (*got == 0) return Unavailable("the recogniser closed its output");
      rest = rest.subspan(*got);
      continue;
    }
    VANG_RETURN_IF_ERROR(context.Check());
    if (got.status().code() != Code::kDeadlineExceeded) return got.status();
  }
  return {};
}

void RecognizerChild::DrainErrors() {
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(process_.error_fd(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    errors_.append(buffer, static_cast<std::size_t>(n));
    if (errors_.size() > kMaxErrors) errors_.erase(0, errors_.size() - kMaxErrors);
  }
}

std::string RecognizerChild::Obituary() {
  // A moment to end by itself: how it ended says more than that we killed it.
  Result<ExitStatus> exit = process_.Wait(Context(), Duration(200));
  const bool killed = !exit.ok();
  if (killed) {
    process_.Kill();
    exit = process_.Wait(Context(), kEndWait);
  }
  DrainErrors();
  const std::string line = LastLine();
  const std::string end = killed ? "it was stopped" : "it " + exit->ToString();
  return end + (line.empty() ? "" : "; its last words: " + line);
}

std::string RecognizerChild::LastLine() {
  std::string text = errors_;
  while (!text.empty()) {
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    if (end == std::string::npos) return "";
    text.resize(end + 1);
    const std::size_t begin = text.find_last_of('\n');
    std::string line = begin == std::string::npos ? text : text.substr(begin + 1);
    if (line.size() > kMaxLine) line.resize(kMaxLine);
    line = FromCodePoints(ToCodePoints(line));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return line;
  }
  return "";
}

}  // namespace vang
