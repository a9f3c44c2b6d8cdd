// Speech to words. The implementation runs the network in a watched child process: a model that
// crashes or hangs kills the child, never the service. Thread-safe; blocks until the result is
// there or the context ends.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libs/base/context.h"
#include "libs/base/status.h"
#include "libs/common/transcript.h"

namespace vang {

struct SpeechModel {
  std::string id;
  std::string family;  // vang_ctc, transducer, zipformer_ctc, nemo_ctc, whisper
  std::string folder;
};

struct Recognition {
  std::vector<Token> tokens;  // seconds from the start of the samples
  std::vector<Word> words;
};

class Transcriber {
 public:
  virtual ~Transcriber() = default;

  // `samples`: 16 kHz mono in [-1, 1], at most 20 s. kUnavailable when the child died under it
  // (the child is restarted; trying again is right). `model_id` says which model answered.
  virtual Result<Recognition> Recognize(const Context& context, std::span<const float> samples,
                                        std::string* model_id) = 0;

  // Loads the model in a new child, decodes a second of sound with it, and only then serves with
  // it; calls under way end on the old one and none is dropped. On failure (kInvalidArgument with
  // what the child said) the old model goes on serving.
  virtual Status Load(const Context& context, const SpeechModel& model) = 0;

  // As Load, but only tells whether the model would serve.
  virtual Status Validate(const Context& context, const SpeechModel& model) = 0;

  // The model that serves now; empty id when none.
  virtual SpeechModel current() const = 0;
  virtual Status Ping(const Context& context) = 0;
};

}  // namespace vang
