#include "libs/speech/model_folder.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace vang {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 1000;

Result<std::vector<fs::path>> Files(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return NotFound("there is no model folder " + folder.string());
  }
  std::vector<fs::path> files;
  fs::directory_iterator entry(folder, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    if (files.size() == kMaxFiles) {
      return InvalidArgument(folder.string() + " holds too many files to be a model");
    }
    files.push_back(entry->path());
  }
  if (error) return ErrnoStatus(error.value(), "cannot list " + folder.string());
  std::sort(files.begin(), files.end());
  return files;
}

// Of the files that fit the one in int8, else the first by name; empty when none does.
fs::path Pick(const std::vector<fs::path>& files,
              const std::function<bool(const std::string&)>& fits) {
  fs::path best;
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    if (!fits(name)) continue;
    if (name.find("int8") != std::string::npos) return file;
    if (best.empty()) best = file;
  }
  return best;
}

bool IsOnnx(const std::string& name) { return name.ends_with(".onnx"); }

bool IsPart(const std::string& name, const std::string& part) {
  return IsOnnx(name) && (name.starts_with(part) || name.find("-" + part) != std::string::npos);
}

// vang_ctc, zipformer_ctc, nemo_ctc, or why it is none of these.
Result<std::string> CtcFamily(const fs::path& model) {
  VANG_ASSIGN_OR_RETURN(const auto metadata, ReadOnnxMetadata(model));
  const auto value = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  if (value("model_author") == "Vang" && model.filename() == "model.onnx") {
    return std::string("vang_ctc");
  }
  const std::string type = value("model_type");
  if (type.starts_with("EncDecCTC") || type.starts_with("EncDecHybrid") ||
      (metadata.contains("normalize_type") && metadata.contains("subsampling_factor"))) {
    return std::string("nemo_ctc");
  }
  if (type.empty() || type.find("zipformer") != std::string::npos) {
    return std::string("zipformer_ctc");
  }
  return InvalidArgument(model.string() + " is a model of type '" + type +
                         "', which is not served; vang_ctc, transducer, zipformer_ctc, nemo_ctc "
                         "and whisper are");
}

Status CheckWhisper(const fs::path& encoder) {
  VANG_ASSIGN_OR_RETURN(const auto metadata, ReadOnnxMetadata(encoder));
  const auto type = metadata.find("model_type");
  if (type == metadata.end() || type->second.starts_with("whisper")) return {};
  return InvalidArgument(encoder.string() + " is a model of type '" + type->second +
                         "', which is not served; of models in two parts only whisper is");
}

}  // namespace

Result<ModelFolder> DetectModelFamily(const fs::path& folder) {
  VANG_ASSIGN_OR_RETURN(const std::vector<fs::path> files, Files(folder));
  const auto has = [&](const char* name) {
    return std::find(files.begin(), files.end(), folder / name) != files.end();
  };
  ModelFolder found;
  found.encoder = Pick(files, [](const auto& name) { return IsPart(name, "encoder"); });
  found.decoder = Pick(files, [](const auto& name) { return IsPart(name, "decoder"); });
  found.joiner = Pick(files, [](const auto& name) { return IsPart(name, "joiner"); });
  found.tokens = has("tokens.txt")
                     ? folder / "tokens.txt"
                     : Pick(files, [](const auto& name) { return name.ends_with("-tokens.txt"); });
  if (found.tokens.empty()) {
    return InvalidArgument("the model folder " + folder.string() + " has no tokens.txt");
  }
  const bool in_parts = !found.encoder.empty() || !found.decoder.empty() || !found.joiner.empty();
  if (in_parts) {
    if (found.encoder.empty() || found.decoder.empty()) {
      return InvalidArgument("the model folder " + folder.string() + " has no " +
                             (found.encoder.empty() ? "encoder*.onnx" : "decoder*.onnx") +
                             " to go with its other parts");
    }
    if (!found.joiner.empty()) {
      found.family = "transducer";
      return found;
    }
    VANG_RETURN_IF_ERROR(CheckWhisper(found.encoder));
    found.family = "whisper";
    return found;
  }
  if (has("model.onnx") && (has("model.json") || has("lm.bin"))) {
    found.model = folder / "model.onnx";
    found.family = "vang_ctc";
    return found;
  }
  found.model = Pick(files, [](const auto& name) {
    return IsOnnx(name) && name.find("model") != std::string::npos;
  });
  if (found.model.empty()) found.model = Pick(files, IsOnnx);
  if (found.model.empty()) {
    return InvalidArgument("the model folder " + folder.string() + " has no .onnx file");
  }
  VANG_ASSIGN_OR_RETURN(found.family, CtcFamily(found.model));
  return found;
}

}  // namespace vang
