// Text to a vector whose direction is its meaning. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/context.h"
#include "libs/base/status.h"

namespace vang {

class Embedder {
 public:
  virtual ~Embedder() = default;
  // Unit length, dimension() floats; empty when no word of the text is known.
  virtual Result<std::vector<float>> Embed(const Context& context, std::string_view text) = 0;
  virtual int dimension() const = 0;
  virtual const std::string& model_id() const = 0;
};

}  // namespace vang
