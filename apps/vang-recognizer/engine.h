// One speech model, loaded: samples in, timed words out. Our own models run on libs/speech, public
// ones on sherpa-onnx.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "libs/base/status.h"
#include "libs/ports/transcriber.h"
#include "libs/speech/model_folder.h"

namespace vang {

// Not thread-safe.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<Recognition> Recognize(std::span<const float> samples) = 0;
};

// A model of another family than `family` (empty = any) is kInvalidArgument.
Result<std::unique_ptr<Engine>> OpenEngine(const std::string& family,
                                           const std::filesystem::path& folder);

Result<std::unique_ptr<Engine>> OpenSherpaEngine(const ModelFolder& model);

}  // namespace vang
