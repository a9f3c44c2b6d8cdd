#include "tests/architecture/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <regex>

#include "libs/base/file.h"

namespace vang::architecture {
namespace fs = std::filesystem;

std::string ReadText(const std::string& path) {
  return ReadFile(fs::path(VANG_SOURCE_DIR) / path).ok()
             ? ReadFile(fs::path(VANG_SOURCE_DIR) / path).value()
             : "";
}

std::vector<SourceFile> ReadSources() {
  static const std::regex include("^#include [<\"]([^>\"]+)[>\"]");
  static const std::regex test("_(test\\.cc|fixture\\.h|test_util\\.h|for_test\\.h)$");
  std::vector<SourceFile> files;
  for (const char* top : {"libs", "services", "apps", "tests", "bench", "fuzz"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(VANG_SOURCE_DIR) / top)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      SourceFile file;
      file.path = fs::relative(entry.path(), VANG_SOURCE_DIR).string();
      file.text = ReadText(file.path);
      std::size_t begin = 0;
      while (begin < file.text.size()) {
        const std::size_t end = std::min(file.text.find('\n', begin), file.text.size());
        const std::string line = file.text.substr(begin, end - begin);
        std::smatch match;
        if (line.starts_with('#') && std::regex_search(line, match, include)) {
          file.includes.push_back(match[1]);
        }
        ++file.lines;
        begin = end + 1;
      }
      const std::string folder = top;
      file.test = folder == "tests" || folder == "bench" || folder == "fuzz" ||
                  std::regex_search(file.path, test);
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> Folders(const std::string& folder, int depth) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(VANG_SOURCE_DIR) / folder)) {
    if (!entry.is_directory()) continue;
    const std::string path = folder + "/" + entry.path().filename().string();
    if (depth == 1) {
      found.push_back(path);
    } else {
      const auto below = Folders(path, depth - 1);
      found.insert(found.end(), below.begin(), below.end());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace vang::architecture
