// The matrix is nearly symmetric (the context power tilts it), so each pass multiplies by it and by
// its transpose in turn. Tall matrices are row-major.
#include "apps/vang-vectors/eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace vang {
namespace {

using Tall = std::vector<float>;     // rows × width
using Square = std::vector<double>;  // width × width

// out = matrix · in, or its transpose · in.
Tall Multiply(const SparseMatrix& matrix, const Tall& in, std::size_t width, bool transposed) {
  Tall out(in.size());
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t entry = matrix.starts[row]; entry < matrix.starts[row + 1]; ++entry) {
      const std::size_t column = matrix.columns[entry];
      const float value = matrix.values[entry];
      const float* from = in.data() + (transposed ? row : column) * width;
      float* to = out.data() + (transposed ? column : row) * width;
      for (std::size_t i = 0; i < width; ++i) to[i] += value * from[i];
    }
  }
  return out;
}

Square Gram(const Tall& tall, std::size_t width) {
  Square gram(width * width);
  for (std::size_t row = 0; row * width < tall.size(); ++row) {
    const float* values = tall.data() + row * width;
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        gram[i * width + j] += static_cast<double>(values[i]) * static_cast<double>(values[j]);
      }
    }
  }
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t j = i + 1; j < width; ++j) gram[i * width + j] = gram[j * width + i];
  }
  return gram;
}

// Makes the columns orthonormal by the Cholesky factor of their Gram matrix; twice, because once
// loses half of the digits.
void Orthonormalise(Tall* tall, std::size_t width) {
  for (int round = 0; round < 2; ++round) {
    Square lower = Gram(*tall, width);
    for (std::size_t j = 0; j < width; ++j) {
      for (std::size_t i = j; i < width; ++i) {
        double sum = lower[i * width + j];
        for (std::size_t k = 0; k < j; ++k) sum -= lower[i * width + k] * lower[j * width + k];
        lower[i * width + j] =
            i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / lower[j * width + j];
      }
    }
    std::vector<double> solved(width);
    for (std::size_t row = 0; row * width < tall->size(); ++row) {
      float* values = tall->data() + row * width;
      for (std::size_t i = 0; i < width; ++i) {
        double sum = values[i];
        for (std::size_t k = 0; k < i; ++k) sum -= lower[i * width + k] * solved[k];
        solved[i] = sum / lower[i * width + i];
      }
      for (std::size_t i = 0; i < width; ++i) values[i] = static_cast<float>(solved[i]);
    }
  }
}

// Jacobi's rotations: eigenvalues of the symmetric `a` on its diagonal, eigenvectors as columns.
Square Diagonalise(Square* a, std::size_t width) {
  Square vectors(width * width);
  for (std::size_t i = 0; i < width; ++i) vectors[i * width + i] = 1;
  for (int sweep = 0; sweep < 12; ++sweep) {
    for (std::size_t p = 0; p < width; ++p) {
      for (std::size_t q = p + 1; q < width; ++q) {
        Square& m = *a;
        if (std::abs(m[p * width + q]) < 1e-12) continue;
        const double theta = (m[q * width + q] - m[p * width + p]) / (2 * m[p * width + q]);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1);
        const double s = t * c;
        for (std::size_t k = 0; k < width; ++k) {
          const double kp = m[k * width + p];
          const double kq = m[k * width + q];
          m[k * width + p] = c * kp - s * kq;
          m[k * width + q] = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < width; ++k) {
          const double pk = m[p * width + k];
          const double qk = m[q * width + k];
          m[p * width + k] = c * pk - s * qk;
          m[q * width + k] = s * pk + c * qk;
          const double vp = vectors[k * width + p];
          const double vq = vectors[k * width + q];
          vectors[k * width + p] = c * vp - s * vq;
          vectors[k * width + q] = s * vp + c * vq;
        }
      }
    }
  }
  return vectors;
}

}  // namespace

std::vector<float> SpectralRows(const SparseMatrix& matrix, double power,
                                const EigenOptions& options) {
  const std::size_t rows = matrix.rows();
  const std::size_t width =
      std::min(options.dimension + options.extra, std::max<std::size_t>(rows, 1));
  Tall basis(rows * width);
  std::mt19937_64 random(options.seed);
  for (float& value : basis) {
    value = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-53 - 0.5);
  }
  basis = Multiply(matrix, basis, width, false);
  Orthonormalise(&basis, width);
  for (int pass = 0; pass < options.passes; ++pass) {
    basis = Multiply(matrix, basis, width, true);
    Orthonormalise(&basis, width);
    basis = Multiply(matrix, basis, width, false);
    Orthonormalise(&basis, width);
  }
  // matrix ≈ basis · (basisᵀ · matrix); its singular values are the roots of the eigenvalues of
  // projected · projectedᵀ.
  Square small = Gram(Multiply(matrix, basis, width, true), width);
  const Square vectors = Diagonalise(&small, width);
  std::vector<std::size_t> order(width);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return small[a * width + a] > small[b * width + b];
  });
  std::vector<float> result(rows * options.dimension);
  for (std::size_t d = 0; d < options.dimension && d < width; ++d) {
    const double value = std::sqrt(std::max(small[order[d] * width + order[d]], 0.0));
    const double scale = value > 0 ? std::pow(value, power) : 0;
    for (std::size_t row = 0; row < rows; ++row) {
      double sum = 0;
      for (std::size_t k = 0; k < width; ++k) {
        sum += static_cast<double>(basis[row * width + k]) * vectors[k * width + order[d]];
      }
      result[row * options.dimension + d] = static_cast<float>(sum * scale);
    }
  }
  return result;
}

}  // namespace vang
