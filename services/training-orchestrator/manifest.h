// A dataset as lines of JSON in the form that NeMo reads: one object a line, with audio_filepath,
// duration, offset, text, speaker, lang. The path is relative to the manifest's own key in the
// object store; recording_id is there for those who fetch the audio over HTTP.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/ports/registry_store.h"

namespace vang::training {

// train, dev or test for a speaker, 80/10/10 by a hash: the same speaker gets the same answer in
// every dataset, so no speaker is ever in two splits and a test set stays unseen.
std::string SplitOf(std::string_view speaker);

bool IsSplit(std::string_view name);

std::string ManifestKey(std::string_view tenant, std::string_view dataset_id);

// Deterministic. `split` empty = all; items of the recording `without` are left out.
std::string WriteManifest(const std::vector<DatasetItem>& items, std::string_view split = "",
                          std::string_view without = "");

}  // namespace vang::training
