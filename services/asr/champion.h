// Keeps the transcriber on the champion model: asks training for it until one serves, and again
// after every model.promoted.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/ports/transcriber.h"
#include "libs/ports/upstream.h"

namespace vang::asr {

// Thread-safe.
class Champion {
 public:
  Champion(Upstream* training, Transcriber* transcriber);
  ~Champion() { Stop(); }

  // Tries in the background, again and again, until a model serves and `then` is OK.
  void Start(std::function<Status()> then);
  void Stop();

  // Asks who is the champion and loads it, if it does not serve already. On failure the model that
  // serves goes on, and problem() says why the champion does not.
  Status Refresh(const Context& context);

  // Why the champion does not serve; empty when it does.
  std::string problem() const;

 private:
  Status AskAndLoad(const Context& context);
  void Note(const Status& status);

  Upstream* const training_;
  Transcriber* const transcriber_;
  // Held while asking and loading: of two refreshes the later one must have the last word.
  std::mutex refreshing_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string problem_ = "no speech model is loaded yet";
  std::jthread thread_;
};

}  // namespace vang::asr
