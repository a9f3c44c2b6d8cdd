#include "libs/adapters/embedder/static_vectors/static_embedder.h"

#include <cmath>

#include "libs/adapters/embedder/static_vectors/vector_model.h"
#include "libs/base/file.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang {
namespace {

VectorModel Small() {
  VectorModel model;
  model.id = "small";
  model.dimension = 3;
  model.rarity = 0.01F;
  model.total = 1'000;
  model.units = {"là", "nhà", "nhã", "tuyển dụng", "tuyển"};
  model.counts = {900, 10, 30, 10, 10};
  model.common = {0, 0, 1};
  model.rows = {0, 127, 50, 127, 0, 90, 0, 127, 0, 127, 127, 0, 127, 0, 0};
  return model;
}

class StaticEmbedderTest : public testing::Test {
 protected:
  Status Write(const std::string& bytes) {
    return WriteFileDurably(folder_.path() / "vectors.bin", bytes);
  }
  std::vector<float> Embed(const std::string& text) {
    auto embedder = OpenStaticEmbedder({folder_.path().string()});
    EXPECT_THAT(embedder, IsOk());
    auto vector = (*embedder)->Embed(Context(), text);
    EXPECT_THAT(vector, IsOk());
    return *vector;
  }
  static void ExpectNear(const std::vector<float>& vector, const std::vector<float>& expected) {
    ASSERT_EQ(vector.size(), expected.size());
    for (std::size_t i = 0; i < vector.size(); ++i) EXPECT_NEAR(vector[i], expected[i], 1e-3) << i;
  }
  TempFolder folder_;
};

TEST_F(StaticEmbedderTest, GivesUnitLengthWithoutTheCommonDirection) {
  VANG_ASSERT_OK(Write(EncodeVectorModel(Small())));
  ExpectNear(Embed("Nhà!"), {1, 0, 0});
  auto embedder = OpenStaticEmbedder({folder_.path().string()});
  EXPECT_EQ((*embedder)->dimension(), 3);
  EXPECT_EQ((*embedder)->model_id(), "small");
}

TEST_F(StaticEmbedderTest, ARareWordWeighsMore) {
  VANG_ASSERT_OK(Write(EncodeVectorModel(Small())));
  const auto vector = Embed("là nhà");
  EXPECT_GT(vector[0], 10 * vector[1]);
  EXPECT_GT(vector[1], 0);
}

TEST_F(StaticEmbedderTest, TakesTheLongestUnitButNotAcrossPunctuation) {
  VANG_ASSERT_OK(Write(EncodeVectorModel(Small())));
  const auto half = static_cast<float>(std::sqrt(0.5));
  ExpectNear(Embed("tuyển dụng"), {half, half, 0});
  ExpectNear(Embed("tuyển, dụng"), {1, 0, 0});
}

TEST_F(StaticEmbedderTest, ATextWithoutAccentsIsTheMeanOfWhatItMaySpell) {
  VANG_ASSERT_OK(Write(EncodeVectorModel(Small())));
  // nhà 10 times along the first axis, shortened by the common direction; nhã 30 times.
  const auto vector = Embed("nha");
  EXPECT_GT(vector[1], vector[0]);
  EXPECT_GT(vector[0], 0);
  const auto half = static_cast<float>(std::sqrt(0.5));
  ExpectNear(Embed("tuyen dung"), {half, half, 0});
}

TEST_F(StaticEmbedderTest, WhatItDoesNotKnowHasNoMeaning) {
  VANG_ASSERT_OK(Write(EncodeVectorModel(Small())));
  EXPECT_TRUE(Embed("qwxz 123").empty());
  EXPECT_TRUE(Embed("").empty());
}

TEST_F(StaticEmbedderTest, AMissingModelIsNotFound) {
  EXPECT_THAT(OpenStaticEmbedder({folder_.path().string()}), HasCode(Code::kNotFound));
}

TEST_F(StaticEmbedderTest, EveryCutAndEveryChangedByteIsDataLoss) {
  const std::string good = EncodeVectorModel(Small());
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(DecodeVectorModel(good.substr(0, length)), HasCode(Code::kDataLoss)) << length;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    EXPECT_THAT(DecodeVectorModel(bad), HasCode(Code::kDataLoss)) << i;
  }
}

TEST_F(StaticEmbedderTest, SizesThatDoNotFitAreRefusedEvenWithAGoodChecksum) {
  const std::string good = EncodeVectorModel(Small());
  for (std::size_t i = 8; i < 32; ++i) {
    std::string bad = good.substr(0, good.size() - 64);
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    bad += Sha256Hex(bad);
    const auto model = DecodeVectorModel(bad);
    if (i >= 24) continue;  // another rarity or total is still a model
    EXPECT_THAT(model, HasCode(Code::kDataLoss)) << i;
  }
  VectorModel long_unit = Small();
  long_unit.units[0] = "một hai ba bốn năm";
  VANG_ASSERT_OK(Write(EncodeVectorModel(long_unit)));
  EXPECT_THAT(OpenStaticEmbedder({folder_.path().string()}), HasCode(Code::kDataLoss));
}

}  // namespace
}  // namespace vang
