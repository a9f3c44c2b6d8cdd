#include "services/training-orchestrator/model_card.h"

#include <algorithm>
#include <filesystem>

#include "libs/base/file.h"
#include "libs/base/utf8.h"
#include "libs/common/json.h"
#include "libs/speech/model_folder.h"

namespace vang::training {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCardLimit = std::size_t{1} << 20;
constexpr std::size_t kSummaryLimit = 2'000;

bool IsModelId(const std::string& id) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= 100 && id.front() != '.' && id.front() != '-' &&
         std::all_of(id.begin(), id.end(), fits);
}

// The first paragraph that is not a heading.
std::string FirstParagraph(const std::string& markdown) {
  std::string paragraph;
  std::size_t begin = 0;
  while (begin < markdown.size()) {
    const std::size_t end = std::min(markdown.find('\n', begin), markdown.size());
    const std::string line = markdown.substr(begin, end - begin);
    begin = end + 1;
    const bool text = !line.empty() && line.front() != '#' && line != "---";
    if (!text && !paragraph.empty()) break;
    if (text) paragraph += (paragraph.empty() ? "" : " ") + line;
  }
  return IsValidUtf8(paragraph) && paragraph.size() <= kSummaryLimit ? paragraph : std::string();
}

}  // namespace

Result<RegisteredModel> ReadModelFolder(const std::string& folder) {
  const fs::path given(folder);
  std::error_code error;
  if (!given.is_absolute() || folder.find('\0') != std::string::npos) {
    return InvalidArgument("/folder: must be an absolute path of the server");
  }
  if (!fs::is_directory(given, error)) {
    return InvalidArgument("/folder: " + folder + " is not a folder of the server");
  }
  const fs::path path = fs::canonical(given, error);
  if (error) return InvalidArgument("/folder: cannot resolve " + folder);
  RegisteredModel model;
  model.kind = "speech";
  model.folder = path.string();
  model.id = path.filename().string();
  auto files = DetectModelFamily(path);
  if (!files.ok()) return files.status().Wrap("model folder");
  model.family = files->family;
  JsonObject card;
  if (fs::exists(path / "model.json", error)) {
    VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path / "model.json", kCardLimit));
    auto value = ParseJson(text, kCardLimit);
    if (!value.ok() || !value->is_object()) {
      return InvalidArgument("model folder: " + (path / "model.json").string() +
                             " is not a JSON object");
    }
    card = value->as_object();
    if (const JsonValue* id = card.if_contains("id"); id != nullptr && id->is_string()) {
      model.id = std::string(id->as_string());
    }
  }
  if (!IsModelId(model.id)) {
    return InvalidArgument("'" + model.id +
                           "' cannot be a model's id: letters, digits and ._- only");
  }
  if (auto readme = ReadFile(path / "README.md", kCardLimit); readme.ok()) {
    card["summary"] = FirstParagraph(*readme);
  }
  model.card = WriteJson(card);
  return model;
}

}  // namespace vang::training
