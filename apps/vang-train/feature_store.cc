#include "apps/vang-train/feature_store.h"

#include <algorithm>
#include <cmath>

namespace vang::train {
namespace {

template <typename T>
void Put(std::ofstream& file, const T* data, std::size_t count) {
  file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(count * sizeof(T)));
}

template <typename T>
bool Get(std::ifstream& file, T* data, std::size_t count) {
  file.read(reinterpret_cast<char*>(data), static_cast<std::streamsize>(count * sizeof(T)));
  return file.good();
}

}  // namespace

std::uint8_t Quantise(float feature) {
  return static_cast<std::uint8_t>(std::clamp(std::lround((feature + 16.0F) * 10), 0L, 255L));
}

Result<std::unique_ptr<FeatureWriter>> FeatureWriter::Create(const std::string& path) {
  auto writer = std::make_unique<FeatureWriter>();
  writer->file_.open(path, std::ios::binary | std::ios::trunc);
  if (!writer->file_) return Unavailable("cannot write " + path);
  return writer;
}

void FeatureWriter::Add(const std::vector<float>& samples, std::vector<std::int16_t> units,
                        std::vector<std::int16_t> frame_labels) {
  const std::vector<float> features = ComputeFbank(samples);
  const auto frames = static_cast<std::uint32_t>(features.size() / kFbankBins);
  if (OutputFrames(frames) < units.size()) return;  // CTC needs a frame a unit
  if (!frame_labels.empty()) frame_labels.resize(OutputFrames(frames), 0);
  std::vector<std::uint8_t> bytes(features.size());
  std::transform(features.begin(), features.end(), bytes.begin(), Quantise);
  const auto unit_count = static_cast<std::uint32_t>(units.size());
  const auto label_count = static_cast<std::uint32_t>(frame_labels.size());
  Put(file_, &frames, 1);
  Put(file_, &unit_count, 1);
  Put(file_, &label_count, 1);
  Put(file_, bytes.data(), bytes.size());
  Put(file_, units.data(), units.size());
  Put(file_, frame_labels.data(), frame_labels.size());
  seconds_ += frames * 0.01;
}

Status FeatureWriter::Close() {
  file_.close();
  return file_ ? Status() : Unavailable("the feature file could not be written");
}

Result<std::vector<Utterance>> ReadFeatures(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot open " + path);
  std::vector<Utterance> utterances;
  std::uint32_t head[3];
  while (Get(file, head, 3)) {
    Utterance u;
    u.frames = head[0];
    if (u.frames > 100'000 || head[1] > 10'000 || head[2] > 100'000) {
      return DataLoss(path + " is not a feature file");
    }
    u.features.resize(std::size_t{u.frames} * kFbankBins);
    u.units.resize(head[1]);
    u.frame_labels.resize(head[2]);
    if (!Get(file, u.features.data(), u.features.size()) ||
        !Get(file, u.units.data(), u.units.size()) ||
        !Get(file, u.frame_labels.data(), u.frame_labels.size())) {
      return DataLoss(path + " is cut off");
    }
    utterances.push_back(std::move(u));
  }
  return utterances;
}

}  // namespace vang::train
