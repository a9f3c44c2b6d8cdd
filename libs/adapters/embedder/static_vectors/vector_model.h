// The stored form of a model of word vectors, one file: `vectors.bin` in the model's folder.
// Written by apps/vang-vectors, read by the embedder. Little-endian:
//
//   "VANGVEC1"  u32 dimension  u32 units  u32 bytes of id  u32 bytes of units  f32 rarity
//   u64 total  id  units, each ended by a line feed, its words parted by spaces
//   u32 count[units]  f32 common[dimension]  i8 row[units][dimension]  64 hex digits: SHA-256 of
//   all before
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang {

inline constexpr std::string_view kVectorModelFile = "vectors.bin";

struct VectorModel {
  std::string id;
  std::uint32_t dimension = 0;
  // A unit with the share p of all words weighs rarity / (rarity + p).
  float rarity = 1e-3F;
  std::uint64_t total = 0;  // words that were read
  std::vector<std::string> units;
  std::vector<std::uint32_t> counts;
  std::vector<float> common;  // the direction all texts share; unit length, or zeros
  std::vector<std::int8_t> rows;
};

std::string EncodeVectorModel(const VectorModel& model);
// kDataLoss for what is no whole model.
Result<VectorModel> DecodeVectorModel(std::string_view bytes);

}  // namespace vang
