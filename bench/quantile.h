// What the benches say of many times or ratios. Neither takes an empty list.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace vang {

// The value below which the share `q` of them lies.
inline double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace vang
