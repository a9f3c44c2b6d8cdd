#include "services/training-orchestrator/manifest.h"

#include <charconv>

#include "libs/base/sha256.h"
#include "libs/common/json.h"

namespace vang::training {

std::string SplitOf(std::string_view speaker) {
  const std::string digest = Sha256Hex(speaker);
  unsigned value = 0;
  std::from_chars(digest.data(), digest.data() + 7, value, 16);
  const unsigned percent = value % 100;
  return percent < 80 ? "train" : percent < 90 ? "dev" : "test";
}

bool IsSplit(std::string_view name) { return name == "train" || name == "dev" || name == "test"; }

std::string ManifestKey(std::string_view tenant, std::string_view dataset_id) {
  return std::string(tenant) + "/datasets/" + std::string(dataset_id) + "/manifest.jsonl";
}

std::string WriteManifest(const std::vector<DatasetItem>& items, std::string_view split,
                          std::string_view without) {
  std::string lines;
  for (const DatasetItem& item : items) {
    if (!split.empty() && item.split != split) continue;
    if (!without.empty() && item.recording_id == without) continue;
    // "<tenant>/audio/…" as seen from "<tenant>/datasets/<id>/".
    const std::string path = "../.." + item.audio_key.substr(item.audio_key.find('/'));
    JsonWriter json;
    json.BeginObject().Field("audio_filepath", path);
    json.Key("duration").Number(item.duration, 3).Key("offset").Number(item.offset, 3);
    json.Field("text", item.text)
        .Field("speaker", item.speaker)
        .Field("split", item.split)
        .Field("lang", "vi")
        .Field("recording_id", item.recording_id)
        .EndObject();
    lines += json.text() + "\n";
  }
  return lines;
}

}  // namespace vang::training
