// Writes the network as ONNX, operator by operator, because LibTorch's C++ side has no exporter.
// The graph is sherpa-onnx's zipformer_ctc contract (x, x_lens -> log_probs, log_probs_len), with
// the normalisation inside, so that any sherpa-onnx program loads the folder as it is.
#include <onnx/onnx_pb.h>

#include <fstream>
#include <iostream>

#include "apps/vang-train/commands.h"
#include "apps/vang-train/network.h"
#include "apps/vang-train/units.h"
#include "libs/base/file.h"

namespace vang::train {
namespace {

class Graph {
 public:
  explicit Graph(bool half) : half_(half) {
    model_.set_ir_version(8);
    model_.set_producer_name("vang-train");
    model_.add_opset_import()->set_version(17);
    graph_ = model_.mutable_graph();
    graph_->set_name("vang_ctc");
  }

  // A 32-bit constant tensor.
  std::string Floats(const torch::Tensor& tensor) { return Store(tensor, false); }

  // A weight: at 16 bits when asked for, cast back where it is used. The cast is folded when the
  // model is loaded, so only the file is smaller.
  std::string Weight(const torch::Tensor& tensor) {
    if (!half_ || tensor.numel() < 1024) return Store(tensor, false);
    return Node("Cast", {Store(tensor, true)},
                [](onnx::NodeProto* node) { Int(node, "to", onnx::TensorProto::FLOAT); });
  }

  std::string Ints(const std::vector<std::int64_t>& values, bool scalar = false) {
    auto* tensor = graph_->add_initializer();
    tensor->set_name(Name());
    tensor->set_data_type(onnx::TensorProto::INT64);
    if (!scalar) tensor->add_dims(static_cast<std::int64_t>(values.size()));
    tensor->set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
    return tensor->name();
  }

  template <typename Attributes>
  std::string Node(const char* op, const std::vector<std::string>& inputs, Attributes attributes,
                   const std::string& output = "") {
    auto* node = graph_->add_node();
    node->set_op_type(op);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output.empty() ? Name() : output);
    attributes(node);
    return node->output(0);
  }
  std::string Op(const char* op, const std::vector<std::string>& inputs,
                 const std::string& output = "") {
    return Node(
        op, inputs, [](onnx::NodeProto*) {}, output);
  }

  static void Int(onnx::NodeProto* node, const char* name, std::int64_t value) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(value);
  }
  static void IntList(onnx::NodeProto* node, const char* name,
                      const std::vector<std::int64_t>& values) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (std::int64_t value : values) attribute->add_ints(value);
  }

  void Value(bool input, const char* name, int type,
             const std::vector<std::pair<const char*, int>>& dims) {
    auto* value = input ? graph_->add_input() : graph_->add_output();
    value->set_name(name);
    auto* tensor = value->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    for (const auto& [symbol, size] : dims) {
      auto* dim = tensor->mutable_shape()->add_dim();
      if (symbol != nullptr) {
        dim->set_dim_param(symbol);
      } else {
        dim->set_dim_value(size);
      }
    }
  }

  void Metadata(const std::string& key, const std::string& value) {
    auto* entry = model_.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }

  std::string Serialise() const { return model_.SerializeAsString(); }

 private:
  std::string Name() { return "v" + std::to_string(next_++); }

  std::string Store(const torch::Tensor& source, bool half) {
    const torch::Tensor tensor =
        source.detach().to(half ? torch::kHalf : torch::kFloat).contiguous();
    auto* out = graph_->add_initializer();
    out->set_name(Name());
    out->set_data_type(half ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::FLOAT);
    for (std::int64_t size : tensor.sizes()) out->add_dims(size);
    out->set_raw_data(tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()) * (half ? 2 : 4));
    return out->name();
  }

  bool half_;
  onnx::ModelProto model_;
  onnx::GraphProto* graph_;
  int next_ = 0;
};

std::string LayerNorm(Graph& g, const std::string& x, torch::nn::LayerNorm& norm) {
  return g.Node("LayerNormalization", {x, g.Floats(norm->weight), g.Floats(norm->bias)},
                [](onnx::NodeProto* n) { Graph::Int(n, "axis", -1); });
}

std::string Linear(Graph& g, const std::string& x, torch::nn::Linear& linear) {
  const std::string product = g.Op("MatMul", {x, g.Weight(linear->weight.t())});
  return g.Op("Add", {product, g.Floats(linear->bias)});
}

std::string StridedConv(Graph& g, const std::string& x, torch::nn::Conv2d& conv) {
  const std::string y =
      g.Node("Conv", {x, g.Weight(conv->weight), g.Floats(conv->bias)}, [](onnx::NodeProto* n) {
        Graph::IntList(n, "kernel_shape", {3, 3});
        Graph::IntList(n, "strides", {2, 2});
      });
  return g.Op("Relu", {y});
}

std::string Transpose(Graph& g, const std::string& x, const std::vector<std::int64_t>& order) {
  return g.Node("Transpose", {x}, [&](onnx::NodeProto* n) { Graph::IntList(n, "perm", order); });
}

std::string BlockNodes(Graph& g, const std::string& x, const std::string& mask, Block& block,
                       const NetworkShape& shape) {
  std::string y = Transpose(g, g.Op("Mul", {x, mask}), {0, 2, 1});
  y = g.Node("Conv", {y, g.Weight(block->depthwise->weight), g.Floats(block->depthwise->bias)},
             [&](onnx::NodeProto* n) {
               Graph::Int(n, "group", shape.width);
               Graph::IntList(n, "kernel_shape", {shape.kernel});
               Graph::IntList(n, "pads", {shape.kernel / 2, shape.kernel / 2});
             });
  y = LayerNorm(g, Transpose(g, y, {0, 2, 1}), block->norm);
  y = Linear(g, y, block->up);
  y = g.Op("Mul", {y, g.Op("Sigmoid", {y})});
  y = g.Op("Mul", {Linear(g, y, block->down), g.Floats(block->scale)});
  return g.Op("Add", {x, y});
}

}  // namespace

Status ExportModel(const ExportOptions& options) {
  VANG_ASSIGN_OR_RETURN(Network network, LoadNetwork(options.checkpoint));
  torch::NoGradGuard no_grad;
  const NetworkShape& shape = network->shape;
  VANG_ASSIGN_OR_RETURN(const UnitInventory units, UnitInventory::Load(options.tokens));
  if (static_cast<int>(units.size()) != shape.units) {
    return FailedPrecondition("the checkpoint was trained with another inventory of units");
  }
  Graph g(options.half);
  g.Value(true, "x", onnx::TensorProto::FLOAT, {{"N", 0}, {"T", 0}, {nullptr, 80}});
  g.Value(true, "x_lens", onnx::TensorProto::INT64, {{"N", 0}});
  g.Value(false, "log_probs", onnx::TensorProto::FLOAT,
          {{"N", 0}, {"U", 0}, {nullptr, shape.units}});
  g.Value(false, "log_probs_len", onnx::TensorProto::INT64, {{"N", 0}});

  std::string x = g.Op("Sub", {"x", g.Floats(network->mean)});
  x = g.Op("Mul", {x, g.Floats(network->inverse_deviation)});
  x = g.Op("Unsqueeze", {x, g.Ints({1})});
  x = StridedConv(g, StridedConv(g, x, network->conv1), network->conv2);
  x = Transpose(g, x, {0, 2, 1, 3});
  x = g.Op("Reshape", {x, g.Ints({0, 0, shape.channels * 19})});
  x = LayerNorm(g, Linear(g, x, network->project), network->input_norm);

  // Lengths after the two convolutions, and a mask so that padding never leaks into sound. Integer
  // division truncates, so a length under 3 is raised first.
  const std::string clipped = g.Op("Max", {"x_lens", g.Ints({3})});
  const std::string lengths =
      g.Op("Div", {g.Op("Sub", {clipped, g.Ints({3})}), g.Ints({4})}, "log_probs_len");
  const std::string frames = g.Op("Gather", {g.Op("Shape", {x}), g.Ints({1}, true)});
  const std::string range = g.Op("Range", {g.Ints({0}, true), frames, g.Ints({1}, true)});
  const std::string inside = g.Op(
      "Less", {g.Op("Unsqueeze", {range, g.Ints({0})}), g.Op("Unsqueeze", {lengths, g.Ints({1})})});
  const std::string mask =
      g.Op("Unsqueeze",
           {g.Node("Cast", {inside},
                   [](onnx::NodeProto* n) { Graph::Int(n, "to", onnx::TensorProto::FLOAT); }),
            g.Ints({2})});

  for (Block& block : network->blocks) x = BlockNodes(g, x, mask, block, shape);
  x = Linear(g, LayerNorm(g, x, network->final_norm), network->output);
  g.Node(
      "LogSoftmax", {x}, [](onnx::NodeProto* n) { Graph::Int(n, "axis", -1); }, "log_probs");

  g.Metadata("model_type", "zipformer2_ctc");
  g.Metadata("version", "1");
  g.Metadata("vocab_size", std::to_string(shape.units));
  g.Metadata("subsampling_factor", "4");
  g.Metadata("model_author", "Vang");
  VANG_ASSIGN_OR_RETURN(const std::string tokens, ReadFile(options.tokens));
  const std::filesystem::path folder = options.out;
  VANG_RETURN_IF_ERROR(WriteFileDurably(folder / "model.onnx", g.Serialise()));
  VANG_RETURN_IF_ERROR(WriteFileDurably(folder / "tokens.txt", tokens));

  // What the exported graph must reproduce: tests and `vang-train export` users compare with it.
  torch::manual_seed(1);
  network->eval();
  const torch::Tensor features = torch::randn({1, 64, 80}) * 3 - 6;
  const torch::Tensor out = network->forward(features, torch::tensor({64}));
  std::cout << "exported " << shape.units << " units; log_probs[0,0,0] of the probe is "
            << out[0][0][0].item<float>() << '\n';
  return {};
}

}  // namespace vang::train
