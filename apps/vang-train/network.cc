#include "apps/vang-train/network.h"

namespace vang::train {
namespace nn = torch::nn;

BlockImpl::BlockImpl(const NetworkShape& s) {
  depthwise = register_module(
      "depthwise",
      nn::Conv1d(
          nn::Conv1dOptions(s.width, s.width, s.kernel).groups(s.width).padding(s.kernel / 2)));
  norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({s.width})));
  up = register_module("up", nn::Linear(s.width, s.width * s.expansion));
  down = register_module("down", nn::Linear(s.width * s.expansion, s.width));
  scale = register_parameter("scale", torch::full({s.width}, 0.5));
}

torch::Tensor BlockImpl::forward(torch::Tensor x, const torch::Tensor& mask) {
  torch::Tensor y = depthwise((x * mask).transpose(1, 2)).transpose(1, 2);
  y = down(torch::silu(up(norm(y.to(torch::kFloat)))));
  if (is_training() && dropout > 0) {
    // One mask for all of an utterance's frames: whole channels go, as section after section of
    // neighbouring frames would give a dropped value away.
    const torch::Tensor keep =
        (torch::rand({y.size(0), 1, y.size(2)}) > dropout).to(torch::kFloat) / (1 - dropout);
    y = y * keep;
  }
  return x + y.to(torch::kFloat) * scale;
}

NetworkImpl::NetworkImpl(NetworkShape network_shape) : shape(network_shape) {
  mean = register_buffer("mean", torch::full({80}, -6.0));
  inverse_deviation = register_buffer("inverse_deviation", torch::full({80}, 0.25));
  conv1 = register_module("conv1", nn::Conv2d(nn::Conv2dOptions(1, shape.channels, 3).stride(2)));
  conv2 = register_module(
      "conv2", nn::Conv2d(nn::Conv2dOptions(shape.channels, shape.channels, 3).stride(2)));
  project = register_module("project", nn::Linear(shape.channels * 19, shape.width));
  input_norm = register_module("input_norm", nn::LayerNorm(nn::LayerNormOptions({shape.width})));
  for (int i = 0; i < shape.blocks; ++i) {
    blocks.push_back(register_module("block" + std::to_string(i), Block(shape)));
  }
  final_norm = register_module("final_norm", nn::LayerNorm(nn::LayerNormOptions({shape.width})));
  output = register_module("output", nn::Linear(shape.width, shape.units));
}

torch::Tensor NetworkImpl::forward(const torch::Tensor& features, const torch::Tensor& lengths) {
  torch::Tensor x = (features - mean) * inverse_deviation;
  x = torch::relu(conv2(torch::relu(conv1(x.unsqueeze(1)))));  // [N, C, T', 19]
  const auto frames = x.size(2);
  x = x.permute({0, 2, 1, 3}).reshape({x.size(0), frames, shape.channels * 19});
  x = input_norm(project(x).to(torch::kFloat));
  const torch::Tensor out_lengths = torch::floor((lengths - 3) / 4.0).to(torch::kLong);
  const torch::Tensor mask = (torch::arange(frames).unsqueeze(0) < out_lengths.unsqueeze(1))
                                 .to(torch::kFloat)
                                 .unsqueeze(2);
  for (Block& block : blocks) x = block(x, mask);
  return torch::log_softmax(output(final_norm(x)).to(torch::kFloat), 2);
}

Status SaveNetwork(Network& network, const std::string& path) {
  try {
    torch::serialize::OutputArchive archive;
    network->save(archive);
    const NetworkShape& s = network->shape;
    archive.write("shape",
                  torch::tensor({s.width, s.blocks, s.units, s.channels, s.kernel, s.expansion}));
    archive.save_to(path);
  } catch (const std::exception& e) {
    return Unavailable("cannot save " + path + ": " + e.what());
  }
  return {};
}

Result<Network> LoadNetwork(const std::string& path) {
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(path);
    torch::Tensor t;
    archive.read("shape", t);
    auto at = [&t](int i) { return t[i].item<int>(); };
    Network network(NetworkShape{at(0), at(1), at(2), at(3), at(4), at(5)});
    network->load(archive);
    return network;
  } catch (const std::exception& e) {
    return InvalidArgument("cannot load " + path + ": " + e.what());
  }
}

}  // namespace vang::train
