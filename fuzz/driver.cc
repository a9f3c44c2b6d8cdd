// An ordinary main for fuzz targets, so that every build builds them and every test run runs them:
//   TARGET [--mutations N] FILE|FOLDER...
// Feeds each file, then N variants of it: bytes changed, cut out, doubled, spliced with another
// seed. The variants are the same in every run; the last input is kept in a file when it kills the
// process, and the file named. With Clang, -DVANG_LIBFUZZER=ON links libFuzzer instead.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "libs/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string g_input;

void KeepInput() {
  const std::string path = "/tmp/vang-fuzz-" + std::to_string(::getpid());
  std::fprintf(stderr, "\nthe input that did it is kept in %s\n", path.c_str());
  if (std::FILE* file = std::fopen(path.c_str(), "wb")) {
    std::fwrite(g_input.data(), 1, g_input.size(), file);
    std::fclose(file);
  }
}

// Best effort: the process is dying, and the input is worth the risk of dying differently.
void OnSignal(int signal_number) {
  KeepInput();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void Run(const std::string& input) {
  g_input = input;
  // A copy of just the size, so that a sanitizer sees a read past the end.
  std::vector<std::uint8_t> bytes(input.begin(), input.end());
  bytes.shrink_to_fit();
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string Mutate(std::string text, const std::vector<std::string>& seeds, std::mt19937* random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : (*random)() % n; };
  for (auto edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(text.size() - at, 32) + 1);
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>((*random)());
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3: {
        const std::string& other = seeds[below(seeds.size())];
        const std::size_t from = below(other.size() + 1);
        text.insert(at, other.substr(from, below(64)));
        break;
      }
      case 4:
        text.resize(at);
        break;
      default: {
        // Values that lengths and counts trip over.
        static const std::vector<std::string> kTokens = {std::string(4, '\0'),
                                                         "\xFF\xFF\xFF\xFF",
                                                         "-1",
                                                         "0",
                                                         "4294967296",
                                                         "1e999",
                                                         "\r\n\r\n",
                                                         "\"",
                                                         "\\u0000",
                                                         "{",
                                                         "["};
        text.insert(at, kTokens[below(kTokens.size())]);
      }
    }
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t mutations = 0;
  std::vector<std::string> seeds;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (path == "--mutations" && i + 1 < argc) {
      mutations = std::strtoul(argv[++i], nullptr, 10);
      continue;
    }
    std::vector<std::filesystem::path> files = {path};
    if (std::filesystem::is_directory(path)) {
      files.clear();
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
      std::sort(files.begin(), files.end());
    }
    for (const auto& file : files) {
      const auto bytes = vang::ReadFile(file);
      if (!bytes.ok()) {
        std::fprintf(stderr, "%s\n", bytes.status().message().c_str());
        return 1;
      }
      seeds.push_back(bytes.value());
    }
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds\n");
    return 1;
  }
  for (const int signal_number : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL}) {
    std::signal(signal_number, OnSignal);
  }
  std::mt19937 random(1);
  Run("");
  for (const std::string& seed : seeds) {
    Run(seed);
    for (std::size_t i = 0; i < mutations; ++i) Run(Mutate(seed, seeds, &random));
  }
  std::printf("%zu seeds, %zu variants\n", seeds.size(), seeds.size() * mutations);
  return 0;
}
