// Which units stand near each other, as a sparse symmetric matrix of positive pointwise mutual
// information.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/vang-vectors/units.h"

namespace vang {

// Rows one after the other; row i holds entries [starts[i], starts[i + 1]).
struct SparseMatrix {
  std::vector<std::size_t> starts;
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
  std::size_t rows() const { return starts.empty() ? 0 : starts.size() - 1; }
};

struct CooccurrenceOptions {
  int window = 8;  // units to either side; nearer ones weigh more
  // A pair that was seen with less weight than this is taken for chance.
  std::uint32_t min_weight = 12;
  // Contexts count with this power of their frequency, which lowers the rarest (Levy et al. 2015).
  double context_power = 0.75;
};

SparseMatrix PositiveMutualInformation(const UnitCorpus& corpus,
                                       const CooccurrenceOptions& options);

}  // namespace vang
