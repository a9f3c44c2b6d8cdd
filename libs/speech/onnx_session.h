// One ONNX network on the processor, through ONNX Runtime: the only file that includes its headers.
// One thread and no arena, so that memory follows what is being computed and sessions can be many.
// A hostile model can still crash the process; whoever opens what a user brought does it in a
// child.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libs/base/status.h"

namespace vang {

enum class OnnxType { kFloat, kInt64, kOther };

// What the network declares; -1 for a size that may vary.
struct OnnxSpec {
  std::string name;
  OnnxType type = OnnxType::kOther;
  std::vector<std::int64_t> sizes;
};

// "log_probs float[-1,-1,747]", for messages.
std::string ToString(const OnnxSpec& spec);

// A dense tensor; the values stand in the vector that fits its type.
struct OnnxTensor {
  std::vector<std::int64_t> sizes;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
  OnnxType type = OnnxType::kFloat;
};

OnnxTensor FloatTensor(std::vector<std::int64_t> sizes, std::vector<float> values);
OnnxTensor IntegerTensor(std::vector<std::int64_t> sizes, std::vector<std::int64_t> values);

// Thread-safe: Run may be called from several threads at once.
class OnnxSession {
 public:
  // kNotFound when there is no such file, kInvalidArgument when it is not a network that the
  // runtime takes.
  static Result<std::unique_ptr<OnnxSession>> Open(const std::filesystem::path& path);

  virtual ~OnnxSession() = default;

  virtual const std::vector<OnnxSpec>& inputs() const = 0;
  virtual const std::vector<OnnxSpec>& outputs() const = 0;

  // Metadata of the file; empty when there is none under `key`.
  virtual std::string Metadata(const std::string& key) const = 0;

  // All outputs, in order. `tensors` are the inputs in order; their values must be as many as their
  // sizes say. kInvalidArgument when the network refuses them or gives a type other than the two.
  virtual Result<std::vector<OnnxTensor>> Run(std::span<const OnnxTensor> tensors) const = 0;
};

}  // namespace vang
