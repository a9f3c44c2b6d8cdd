#include "apps/host/model_folders.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace vang {

namespace fs = std::filesystem;

namespace {

// The last by name of the folders in `kind`: of several versions the newest.
std::string Newest(const fs::path& kind) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kind, error)) {
    if (entry.is_directory(error)) found.push_back(entry.path().string());
  }
  return found.empty() ? std::string() : *std::max_element(found.begin(), found.end());
}

}  // namespace

Result<ModelFolders> FindModels(const std::string& models) {
  std::vector<fs::path> places;
  if (!models.empty()) {
    places = {models};
  } else if (const char* named = std::getenv("VANG_MODELS"); named != nullptr && *named != '\0') {
    places = {named};
  } else {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    places = {program.parent_path() / "share/vang/models",
              program.parent_path().parent_path() / "models"};
  }
  std::string looked;
  for (const fs::path& place : places) {
    std::error_code error;
    const fs::path absolute = fs::weakly_canonical(place, error);
    const ModelFolders found{Newest(absolute / "speech"), Newest(absolute / "text"),
                             Newest(absolute / "embedding")};
    if (!found.text.empty() && !found.embedding.empty()) return found;
    looked += (looked.empty() ? "" : " and ") + absolute.string();
  }
  return NotFound("no models (folders text and embedding) in " + looked +
                  ": say where they are with --models or VANG_MODELS");
}

}  // namespace vang
