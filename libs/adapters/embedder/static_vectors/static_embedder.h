// Meaning from one vector per word: the vectors of a text's words, weighted by rarity, added up,
// the direction that all texts share taken out (Arora et al. 2017, "A simple but tough-to-beat
// baseline").
#pragma once

#include <memory>
#include <string>

#include "libs/ports/embedder.h"

namespace vang {

struct StaticEmbedderConfig {
  std::string folder;  // models/embedding/<name>
};

// Every size and offset in the folder is checked. kNotFound, or kDataLoss for what does not fit.
Result<std::unique_ptr<Embedder>> OpenStaticEmbedder(const StaticEmbedderConfig& config);

}  // namespace vang
