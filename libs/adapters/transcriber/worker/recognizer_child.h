// One vang-recognizer process and the conversation with it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "libs/adapters/transcriber/worker/wire.h"
#include "libs/base/subprocess.h"
#include "libs/ports/transcriber.h"

namespace vang {

// Killed and reaped with the object. Not thread-safe.
class RecognizerChild {
 public:
  // Returns as soon as the process runs; the model is still being loaded.
  static Result<std::unique_ptr<RecognizerChild>> Start(const std::string& program,
                                                        const SpeechModel& model,
                                                        std::uint64_t memory_limit);

  // OK once the model has decoded its trial sound. kInvalidArgument, with what the child said, when
  // it refused the model, died of it or was not ready within `timeout`.
  Status AwaitReady(const Context& context, Duration timeout);

  // kUnavailable when the child died or did not answer within `timeout`: it is then of no more use.
  Result<Recognition> Recognize(const Context& context, std::span<const float> samples,
                                Duration timeout);

  // Whether another Recognize makes sense.
  bool usable() const { return usable_; }
  // Also looks whether the process still runs.
  bool Alive();

 private:
  struct Message {
    recognizer_wire::Header header;
    std::string payload;
  };

  explicit RecognizerChild(Subprocess process) : process_(std::move(process)) {}
  Result<Message> ReadMessage(const Context& context);
  Status ReadExactly(const Context& context, std::string* bytes);
  void DrainErrors();
  // How the child ended or was ended, and the last line it wrote.
  std::string Obituary();
  std::string LastLine();

  Subprocess process_;
  std::string errors_;  // the end of what it wrote to standard error
  bool usable_ = true;
};

}  // namespace vang
