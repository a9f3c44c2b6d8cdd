#include "apps/vang-train/optimizer.h"

#include <cmath>

namespace vang::train {

AdamW::AdamW(std::vector<torch::Tensor> parameters, AdamWSettings settings)
    : parameters_(std::move(parameters)), settings_(settings) {
  for (const torch::Tensor& p : parameters_) {
    first_.emplace_back(static_cast<std::size_t>(p.numel()));
    second_.emplace_back(static_cast<std::size_t>(p.numel()));
  }
}

void AdamW::Step(double learning_rate) {
  double square = 0;
  for (const torch::Tensor& p : parameters_) {
    if (p.grad().defined()) {
      const double norm = p.grad().norm().item<double>();
      square += norm * norm;
    }
  }
  const bool finite = std::isfinite(square);
  const auto scale = static_cast<float>(std::min(1.0, settings_.clip / (std::sqrt(square) + 1e-6)));
  if (finite) ++steps_;
  const auto b1 = static_cast<float>(settings_.first_decay);
  const auto b2 = static_cast<float>(settings_.second_decay);
  const auto step =
      static_cast<float>(learning_rate / (1 - std::pow(settings_.first_decay, steps_)));
  const auto correction =
      static_cast<float>(1 / std::sqrt(1 - std::pow(settings_.second_decay, steps_)));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor& p = parameters_[i];
    if (!p.grad().defined()) continue;
    const torch::Tensor gradient = p.grad().contiguous();
    if (finite) {
      const float keep =
          p.dim() > 1 ? static_cast<float>(1 - learning_rate * settings_.weight_decay) : 1.0F;
      float* weight = p.data_ptr<float>();
      const float* g = gradient.data_ptr<float>();
      float* first = first_[i].data();
      float* second = second_[i].data();
      const std::size_t count = first_[i].size();
      for (std::size_t k = 0; k < count; ++k) {
        const float value = g[k] * scale;
        first[k] = b1 * first[k] + (1 - b1) * value;
        second[k] = b2 * second[k] + (1 - b2) * value * value;
        weight[k] =
            keep * weight[k] - step * first[k] / (std::sqrt(second[k]) * correction + 1e-8F);
      }
    }
    p.mutable_grad().zero_();
  }
}

}  // namespace vang::train
