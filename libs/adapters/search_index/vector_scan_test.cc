#include "libs/adapters/search_index/vector_scan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace vang {
namespace {

std::vector<float> RandomVector(std::mt19937* random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(96);
  for (float& component : vector) component = normal(*random);
  return vector;
}

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

TEST(VectorScan, ByteCosinesAreCloseToTheTrueOnes) {
  std::mt19937 random(7);
  const std::vector<float> query = RandomVector(&random);
  std::vector<std::vector<float>> rows;
  VectorTable table;
  for (std::size_t i = 0; i < 50; ++i) {
    rows.push_back(RandomVector(&random));
    table.Set(i, QuantiseVector(rows.back()));
  }
  std::vector<float> cosines;
  table.Cosines(QuantiseVector(query), &cosines);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(cosines[i], Cosine(query, rows[i]), 0.01) << i;
  }
}

TEST(VectorScan, ARowWithoutAVectorHasNoCosine) {
  VectorTable table;
  table.Set(0, {});
  table.Set(1, {1, 2});
  table.Set(2, {});
  std::vector<float> cosines;
  table.Cosines({1, 2}, &cosines);
  EXPECT_EQ(cosines[0], -2);
  EXPECT_NEAR(cosines[1], 1, 1e-6);
  EXPECT_EQ(cosines[2], -2);
  table.Cosines({}, &cosines);
  EXPECT_EQ(cosines[1], -2);
}

TEST(VectorScan, BytesComeBackAsTheyWent) {
  const std::vector<std::int8_t> vector = {0, -127, 127, 5};
  EXPECT_EQ(VectorOfBytes(VectorBytes(vector)), vector);
  EXPECT_TRUE(QuantiseVector(std::vector<float>{0, 0}).empty());
  EXPECT_TRUE(QuantiseVector(std::vector<float>{1, NAN}).empty());
  EXPECT_EQ(QuantiseVector(std::vector<float>{0.5F, -1}), (std::vector<std::int8_t>{64, -127}));
}

}  // namespace
}  // namespace vang
