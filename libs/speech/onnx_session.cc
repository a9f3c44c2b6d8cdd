#include "libs/speech/onnx_session.h"

#include <onnxruntime_cxx_api.h>

#include <exception>

namespace vang {
namespace {

OnnxType TypeOf(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return OnnxType::kFloat;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return OnnxType::kInt64;
    default:
      return OnnxType::kOther;
  }
}

OnnxSpec SpecOf(std::string name, const Ort::TypeInfo& info) {
  OnnxSpec spec;
  spec.name = std::move(name);
  if (info.GetONNXType() == ONNX_TYPE_TENSOR) {
    const auto tensor = info.GetTensorTypeAndShapeInfo();
    spec.type = TypeOf(tensor.GetElementType());
    spec.sizes = tensor.GetShape();
  }
  return spec;
}

class OrtOnnxSession final : public OnnxSession {
 public:
  // Throws Ort::Exception.
  explicit OrtOnnxSession(const std::filesystem::path& path)
      : env_(ORT_LOGGING_LEVEL_FATAL, "vang"), session_(env_, path.c_str(), Options()) {
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i) {
      inputs_.push_back(
          SpecOf(session_.GetInputNameAllocated(i, allocator).get(), session_.GetInputTypeInfo(i)));
    }
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      outputs_.push_back(SpecOf(session_.GetOutputNameAllocated(i, allocator).get(),
                                session_.GetOutputTypeInfo(i)));
    }
    metadata_ = session_.GetModelMetadata();
  }

  const std::vector<OnnxSpec>& inputs() const override { return inputs_; }
  const std::vector<OnnxSpec>& outputs() const override { return outputs_; }

  std::string Metadata(const std::string& key) const override {
    Ort::AllocatorWithDefaultOptions allocator;
    const auto value = metadata_.LookupCustomMetadataMapAllocated(key.c_str(), allocator);
    return value == nullptr ? std::string() : std::string(value.get());
  }

  Result<std::vector<OnnxTensor>> Run(std::span<const OnnxTensor> tensors) const override {
    if (tensors.size() != inputs_.size()) {
      return InvalidArgument("the network wants " + std::to_string(inputs_.size()) +
                             " inputs, got " + std::to_string(tensors.size()));
    }
    try {
      return RunOrThrow(tensors);
    } catch (const std::exception& error) {
      return InvalidArgument("the network cannot run on this input: " + std::string(error.what()));
    }
  }

 private:
  static Ort::SessionOptions Options() {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetInterOpNumThreads(1);
    options.DisableCpuMemArena();
    options.DisableMemPattern();
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    options.AddConfigEntry("session.intra_op.allow_spinning", "0");
    return options;
  }

  std::vector<OnnxTensor> RunOrThrow(std::span<const OnnxTensor> tensors) const {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    std::vector<Ort::Value> values;
    std::vector<const char*> names;
    std::vector<const char*> wanted;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      values.push_back(ToValue(tensors[i], memory));
      names.push_back(inputs_[i].name.c_str());
    }
    for (const OnnxSpec& output : outputs_) wanted.push_back(output.name.c_str());
    const std::vector<Ort::Value> results =
        session_.Run(Ort::RunOptions{nullptr}, names.data(), values.data(), values.size(),
                     wanted.data(), wanted.size());
    std::vector<OnnxTensor> outputs;
    outputs.reserve(results.size());
    for (const Ort::Value& result : results) outputs.push_back(FromValue(result));
    return outputs;
  }

  // The tensor's memory is lent, and the runtime does not write to inputs.
  static Ort::Value ToValue(const OnnxTensor& tensor, const Ort::MemoryInfo& memory) {
    if (tensor.type == OnnxType::kInt64) {
      return Ort::Value::CreateTensor<std::int64_t>(
          memory, const_cast<std::int64_t*>(tensor.integers.data()), tensor.integers.size(),
          tensor.sizes.data(), tensor.sizes.size());
    }
    return Ort::Value::CreateTensor<float>(memory, const_cast<float*>(tensor.floats.data()),
                                           tensor.floats.size(), tensor.sizes.data(),
                                           tensor.sizes.size());
  }

  static OnnxTensor FromValue(const Ort::Value& value) {
    if (!value.IsTensor()) throw std::runtime_error("an output is not a tensor");
    const auto info = value.GetTensorTypeAndShapeInfo();
    OnnxTensor tensor;
    tensor.sizes = info.GetShape();
    tensor.type = TypeOf(info.GetElementType());
    const std::size_t count = info.GetElementCount();
    if (tensor.type == OnnxType::kFloat) {
      const auto* data = value.GetTensorData<float>();
      tensor.floats.assign(data, data + count);
    } else if (tensor.type == OnnxType::kInt64) {
      const auto* data = value.GetTensorData<std::int64_t>();
      tensor.integers.assign(data, data + count);
    } else {
      throw std::runtime_error("an output is neither float nor int64");
    }
    return tensor;
  }

  Ort::Env env_;
  // The runtime's Run is thread-safe but not const.
  mutable Ort::Session session_;
  Ort::ModelMetadata metadata_{nullptr};
  std::vector<OnnxSpec> inputs_;
  std::vector<OnnxSpec> outputs_;
};

}  // namespace

std::string ToString(const OnnxSpec& spec) {
  std::string text = spec.name;
  text += spec.type == OnnxType::kFloat   ? " float["
          : spec.type == OnnxType::kInt64 ? " int64["
                                          : " other[";
  for (std::size_t i = 0; i < spec.sizes.size(); ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(spec.sizes[i]);
  }
  return text + "]";
}

OnnxTensor FloatTensor(std::vector<std::int64_t> sizes, std::vector<float> values) {
  return {std::move(sizes), std::move(values), {}, OnnxType::kFloat};
}

OnnxTensor IntegerTensor(std::vector<std::int64_t> sizes, std::vector<std::int64_t> values) {
  return {std::move(sizes), {}, std::move(values), OnnxType::kInt64};
}

Result<std::unique_ptr<OnnxSession>> OnnxSession::Open(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return NotFound("there is no network file " + path.string());
  }
  try {
    return std::unique_ptr<OnnxSession>(std::make_unique<OrtOnnxSession>(path));
  } catch (const std::exception& failure) {
    return InvalidArgument(path.string() +
                           " is not a network that ONNX Runtime takes: " + failure.what());
  }
}

}  // namespace vang
