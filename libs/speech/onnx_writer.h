// Writes small ONNX files (IR 8, opset 13) without the ONNX library: the protobuf wire format by
// hand. For networks that we make ourselves; it covers what they use and checks nothing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vang {

// Collects nodes, weights, inputs and outputs, then gives the bytes. Not thread-safe.
class OnnxWriter {
 public:
  // A size of -1 may vary.
  void AddInput(std::string_view name, bool integers, std::initializer_list<std::int64_t> sizes);
  void AddOutput(std::string_view name, bool integers, std::initializer_list<std::int64_t> sizes);

  // Weights. The number of values must be the product of the sizes.
  void AddWeights(std::string_view name, std::initializer_list<std::int64_t> sizes,
                  std::span<const float> values);
  void AddIntegers(std::string_view name, std::initializer_list<std::int64_t> sizes,
                   std::span<const std::int64_t> values);

  // A node of `type` (an ONNX operator) that makes `output`; attributes are lists of integers, or
  // one integer where the operator wants one.
  struct Attribute {
    std::string_view name;
    std::vector<std::int64_t> values;
    bool is_list = true;
  };
  void AddNode(std::string_view type, std::initializer_list<std::string_view> inputs,
               std::string_view output, std::initializer_list<Attribute> attributes = {});

  void AddMetadata(std::string_view key, std::string_view value);

  // The file. The writer may go on collecting afterwards.
  std::string Bytes() const;

 private:
  std::string nodes_;
  std::string weights_;
  std::string inputs_;
  std::string outputs_;
  std::string metadata_;
};

}  // namespace vang
