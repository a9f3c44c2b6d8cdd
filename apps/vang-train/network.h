// The speech network: two strided convolutions, a projection, then blocks of depthwise convolution
// and a feed-forward layer. Small, without state, and the same offline and in chunks but for the
// look-ahead of its convolutions. 25 output frames a second.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "libs/base/status.h"

namespace vang::train {

struct NetworkShape {
  int width = 256;
  int blocks = 8;
  int units = 0;
  int channels = 32;  // of the two strided convolutions
  int kernel = 11;    // of the depthwise convolutions: 440 ms
  int expansion = 3;  // of the feed-forward layers
};

struct BlockImpl : torch::nn::Module {
  explicit BlockImpl(const NetworkShape& shape);
  // x: [N, T, width]; mask: [N, T, 1], 1 where there is sound.
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& mask);

  torch::nn::Conv1d depthwise{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::Linear up{nullptr}, down{nullptr};
  torch::Tensor scale;
  double dropout = 0.1;
};
TORCH_MODULE(Block);

struct NetworkImpl : torch::nn::Module {
  explicit NetworkImpl(NetworkShape network_shape);
  // features: [N, T, 80], raw log mel; lengths: [N] frames. Returns log probabilities
  // [N, (T-3)/4, units]; rows past an utterance's own length mean nothing.
  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& lengths);

  NetworkShape shape;
  torch::Tensor mean, inverse_deviation;  // [80]
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::Linear project{nullptr}, output{nullptr};
  torch::nn::LayerNorm input_norm{nullptr}, final_norm{nullptr};
  std::vector<Block> blocks;
};
TORCH_MODULE(Network);

// Weights and shape in one file.
Status SaveNetwork(Network& network, const std::string& path);
Result<Network> LoadNetwork(const std::string& path);

}  // namespace vang::train
