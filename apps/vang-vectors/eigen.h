// The strongest directions of a large sparse matrix by random projection (Halko, Martinsson and
// Tropp 2011): a few passes over the entries instead of a full decomposition.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/vang-vectors/cooccurrence.h"

namespace vang {

struct EigenOptions {
  std::size_t dimension = 160;
  std::size_t extra = 16;  // directions more than asked for, for accuracy
  int passes = 4;
  std::uint64_t seed = 1;
};

// Rows of `dimension` floats: the left singular vectors times the `power` of the singular values,
// strongest first. Deterministic.
std::vector<float> SpectralRows(const SparseMatrix& matrix, double power,
                                const EigenOptions& options);

}  // namespace vang
