// AdamW (Loshchilov and Hutter, 2019) in one pass over the weights. LibTorch's own makes about ten
// passes, which for a small network on one core is a fifth of the training time.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace vang::train {

struct AdamWSettings {
  double first_decay = 0.9;    // of the mean of gradients
  double second_decay = 0.98;  // of the mean of squared gradients
  double weight_decay = 0.02;  // of matrices only; biases and scales do not decay
  double clip = 3.0;           // largest norm of all gradients together
};

// Not thread-safe. Keeps the parameters and sets their gradients to zero after each step.
class AdamW {
 public:
  AdamW(std::vector<torch::Tensor> parameters, AdamWSettings settings);

  // One step from the gradients that the parameters hold. A step whose gradients are not finite is
  // left out.
  void Step(double learning_rate);

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<std::vector<float>> first_, second_;
  AdamWSettings settings_;
  int steps_ = 0;
};

}  // namespace vang::train
