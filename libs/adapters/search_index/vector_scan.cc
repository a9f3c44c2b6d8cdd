#include "libs/adapters/search_index/vector_scan.h"

#include <algorithm>
#include <cmath>

namespace vang {
namespace {

std::int32_t Dot(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    sum += static_cast<std::int16_t>(a[i]) * static_cast<std::int16_t>(b[i]);
  }
  return sum;
}

float Norm(const std::int8_t* vector, std::size_t size) {
  return std::sqrt(static_cast<float>(Dot(vector, vector, size)));
}

}  // namespace

std::vector<std::int8_t> QuantiseVector(std::span<const float> vector) {
  float largest = 0;
  for (const float component : vector) {
    if (!std::isfinite(component)) return {};
    largest = std::max(largest, std::abs(component));
  }
  if (largest == 0) return {};
  std::vector<std::int8_t> quantised(vector.size());
  for (std::size_t i = 0; i < vector.size(); ++i) {
    quantised[i] = static_cast<std::int8_t>(std::lround(vector[i] / largest * 127));
  }
  return quantised;
}

std::string VectorBytes(const std::vector<std::int8_t>& vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size()};
}

std::vector<std::int8_t> VectorOfBytes(std::string_view bytes) {
  const auto* begin = reinterpret_cast<const std::int8_t*>(bytes.data());
  return {begin, begin + bytes.size()};
}

void VectorTable::Set(std::size_t row, const std::vector<std::int8_t>& vector) {
  if (norms_.size() <= row) norms_.resize(row + 1);
  if (dimension_ == 0) dimension_ = vector.size();
  components_.resize(norms_.size() * dimension_);
  norms_[row] = 0;
  if (vector.empty()) return;
  std::copy(vector.begin(), vector.end(),
            components_.begin() + static_cast<std::ptrdiff_t>(row * dimension_));
  norms_[row] = Norm(vector.data(), dimension_);
}

void VectorTable::Cosines(const std::vector<std::int8_t>& query,
                          std::vector<float>* cosines) const {
  cosines->assign(norms_.size(), -2);
  if (query.empty() || query.size() != dimension_) return;
  const float norm = Norm(query.data(), dimension_);
  for (std::size_t row = 0; row < norms_.size(); ++row) {
    if (norms_[row] == 0) continue;
    const std::int32_t dot = Dot(query.data(), components_.data() + row * dimension_, dimension_);
    (*cosines)[row] = static_cast<float>(dot) / (norm * norms_[row]);
  }
}

std::vector<std::int8_t> VectorTable::Row(std::size_t row) const {
  if (row >= norms_.size() || norms_[row] == 0) return {};
  const auto begin = components_.begin() + static_cast<std::ptrdiff_t>(row * dimension_);
  return {begin, begin + static_cast<std::ptrdiff_t>(dimension_)};
}

}  // namespace vang
