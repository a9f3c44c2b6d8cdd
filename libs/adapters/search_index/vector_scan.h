// Exact nearest vectors by scanning them all, one byte a component. Up to some hundred thousand
// vectors this is faster than a graph is worth, and it is exact.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vang {

// Scaled so that the largest component is ±127. The scale drops out of a cosine and is not kept.
// Empty for a vector of zeros or with a component that is no number.
std::vector<std::int8_t> QuantiseVector(std::span<const float> vector);

// As stored: a byte a component.
std::string VectorBytes(const std::vector<std::int8_t>& vector);
std::vector<std::int8_t> VectorOfBytes(std::string_view bytes);

// Not thread-safe while Set runs.
class VectorTable {
 public:
  // Row `row` = `vector`; empty = none. All vectors that are not empty have one size.
  void Set(std::size_t row, const std::vector<std::int8_t>& vector);
  // The cosine of `query` with each row into `*cosines`; -2 for rows that have no vector.
  void Cosines(const std::vector<std::int8_t>& query, std::vector<float>* cosines) const;
  std::vector<std::int8_t> Row(std::size_t row) const;

 private:
  std::size_t dimension_ = 0;
  std::vector<float> norms_;  // 0 = none
  std::vector<std::int8_t> components_;
};

}  // namespace vang
