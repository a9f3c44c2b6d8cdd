#include "libs/speech/onnx_writer.h"

namespace vang {
namespace {

// Field numbers of onnx.proto.
constexpr int kFloat = 1;
constexpr int kInt64 = 7;
constexpr int kAttributeInt = 2;
constexpr int kAttributeInts = 7;

void PutVarint(std::uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

void PutInt(int field, std::int64_t value, std::string* out) {
  PutVarint(static_cast<std::uint64_t>(field) << 3, out);
  PutVarint(static_cast<std::uint64_t>(value), out);
}

void PutBytes(int field, std::string_view bytes, std::string* out) {
  PutVarint(static_cast<std::uint64_t>(field) << 3 | 2, out);
  PutVarint(bytes.size(), out);
  out->append(bytes);
}

std::string ValueInfo(std::string_view name, bool integers,
                      std::initializer_list<std::int64_t> sizes) {
  std::string shape;
  for (const std::int64_t size : sizes) {
    std::string dimension;
    if (size >= 0) {
      PutInt(1, size, &dimension);
    } else {
      PutBytes(2, std::string(name) + std::to_string(shape.size()), &dimension);
    }
    PutBytes(1, dimension, &shape);
  }
  std::string tensor;
  PutInt(1, integers ? kInt64 : kFloat, &tensor);
  PutBytes(2, shape, &tensor);
  std::string type;
  PutBytes(1, tensor, &type);
  std::string info;
  PutBytes(1, name, &info);
  PutBytes(2, type, &info);
  return info;
}

template <typename T>
std::string Tensor(std::string_view name, int type, std::initializer_list<std::int64_t> sizes,
                   std::span<const T> values) {
  std::string tensor;
  for (const std::int64_t size : sizes) PutInt(1, size, &tensor);
  PutInt(2, type, &tensor);
  PutBytes(8, name, &tensor);
  PutBytes(9, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}, &tensor);
  return tensor;
}

}  // namespace

void OnnxWriter::AddInput(std::string_view name, bool integers,
                          std::initializer_list<std::int64_t> sizes) {
  PutBytes(11, ValueInfo(name, integers, sizes), &inputs_);
}

void OnnxWriter::AddOutput(std::string_view name, bool integers,
                           std::initializer_list<std::int64_t> sizes) {
  PutBytes(12, ValueInfo(name, integers, sizes), &outputs_);
}

void OnnxWriter::AddWeights(std::string_view name, std::initializer_list<std::int64_t> sizes,
                            std::span<const float> values) {
  PutBytes(5, Tensor(name, kFloat, sizes, values), &weights_);
}

void OnnxWriter::AddIntegers(std::string_view name, std::initializer_list<std::int64_t> sizes,
                             std::span<const std::int64_t> values) {
  PutBytes(5, Tensor(name, kInt64, sizes, values), &weights_);
}

void OnnxWriter::AddNode(std::string_view type, std::initializer_list<std::string_view> inputs,
                         std::string_view output, std::initializer_list<Attribute> attributes) {
  std::string node;
  for (const std::string_view input : inputs) PutBytes(1, input, &node);
  PutBytes(2, output, &node);
  PutBytes(4, type, &node);
  for (const Attribute& attribute : attributes) {
    std::string body;
    PutBytes(1, attribute.name, &body);
    for (const std::int64_t value : attribute.values)
      PutInt(attribute.is_list ? 8 : 3, value, &body);
    PutInt(20, attribute.is_list ? kAttributeInts : kAttributeInt, &body);
    PutBytes(5, body, &node);
  }
  PutBytes(1, node, &nodes_);
}

void OnnxWriter::AddMetadata(std::string_view key, std::string_view value) {
  std::string entry;
  PutBytes(1, key, &entry);
  PutBytes(2, value, &entry);
  PutBytes(14, entry, &metadata_);
}

std::string OnnxWriter::Bytes() const {
  constexpr int kIrVersion = 8;
  constexpr int kOpset = 13;
  std::string graph = nodes_;
  PutBytes(2, "vang", &graph);
  graph += weights_ + inputs_ + outputs_;
  std::string opset;
  PutInt(2, kOpset, &opset);
  std::string model;
  PutInt(1, kIrVersion, &model);
  PutBytes(2, "vang", &model);
  PutBytes(7, graph, &model);
  PutBytes(8, opset, &model);
  return model + metadata_;
}

}  // namespace vang
