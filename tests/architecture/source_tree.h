// The repository's own C++ files as the architecture tests see them.
#pragma once

#include <string>
#include <vector>

namespace vang::architecture {

struct SourceFile {
  std::string path;  // from the repository's root
  std::string text;
  std::vector<std::string> includes;  // between quotes or angle brackets
  std::size_t lines = 0;
  bool test = false;  // *_test.cc and what it shares, or below tests/, bench/, fuzz/
};

// All .h and .cc files below libs, services, apps, tests, bench and fuzz.
std::vector<SourceFile> ReadSources();

// The text of a file, empty when there is none.
std::string ReadText(const std::string& path);

// Folders below `folder`, from the root, `depth` levels deep (1 = its children).
std::vector<std::string> Folders(const std::string& folder, int depth);

}  // namespace vang::architecture
