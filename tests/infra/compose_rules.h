// What every Compose file of ours has to keep, beyond being one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/infra/compose_file.h"

namespace vang::infra {

struct ComposeProject {
  JsonValue file;                // with its variables filled in
  JsonValue unfilled;            // as it is written
  std::filesystem::path folder;  // of the file; the repository's is above it
};

// One line for each fault, "service 'asr': …"; empty when all rules are kept.
std::vector<std::string> ComposeFaults(const ComposeProject& project);

}  // namespace vang::infra
