// The architecture's rules, held by the build: which folder may include which, where a technology
// may be named, how long a file may grow. docs/architecture.md says why.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>

#include "tests/architecture/source_tree.h"

namespace vang::architecture {
namespace {

using Prefixes = std::vector<std::string>;

// What a folder's code may include, besides itself. Tests beside the code may also see adapters,
// because they run on the real ones.
const std::map<std::string, Prefixes> kAllowed = {
    {"libs/base/", {}},
    {"libs/vietnamese/", {"libs/base/", "libs/common/"}},
    {"libs/common/", {"libs/base/"}},
    {"libs/speech/", {"libs/base/", "libs/common/", "libs/vietnamese/"}},
    {"libs/ports/", {"libs/base/", "libs/common/"}},
    {"libs/runtime/", {"libs/base/", "libs/common/", "libs/ports/"}},
    {"libs/net/", {"libs/base/", "libs/common/", "libs/ports/", "libs/runtime/"}},
    {"libs/adapters/",
     {"libs/base/", "libs/common/", "libs/ports/", "libs/runtime/", "libs/net/", "libs/vietnamese/",
      "libs/speech/"}},
    {"services/",
     {"libs/base/", "libs/common/", "libs/ports/", "libs/runtime/", "libs/vietnamese/",
      "libs/speech/"}},
};

bool StartsWithAny(const std::string& text, const Prefixes& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return text.starts_with(prefix); });
}

bool IsOurs(const std::string& include) {
  return StartsWithAny(include, {"libs/", "services/", "apps/", "tests/"});
}

// "services/asr/" of "services/asr/module.cc".
std::string ServiceOf(const std::string& path) {
  return path.substr(0, path.find('/', std::string("services/").size()) + 1);
}

TEST(Architecture, IncludesFollowTheArrows) {
  for (const SourceFile& file : ReadSources()) {
    const auto rule = std::find_if(kAllowed.begin(), kAllowed.end(),
                                   [&](const auto& r) { return file.path.starts_with(r.first); });
    if (rule == kAllowed.end()) continue;
    const std::string own = rule->first == "services/" ? ServiceOf(file.path) : rule->first;
    for (const std::string& include : file.includes) {
      if (!IsOurs(include) || include.starts_with(own)) continue;
      const bool allowed =
          StartsWithAny(include, rule->second) ||
          (file.test && (include.starts_with("libs/adapters/") || include.starts_with("tests/") ||
                         include.starts_with("libs/")));
      EXPECT_TRUE(allowed) << file.path << " includes " << include;
    }
  }
}

// adapters/<port>/<technology> may see adapters/<technology> (what several share) and no other.
TEST(Architecture, AdaptersDoNotSeeEachOther) {
  static const std::regex technology("^libs/adapters/([a-z_]+)/([a-z_0-9]+)/");
  for (const SourceFile& file : ReadSources()) {
    std::smatch match;
    if (file.test || !std::regex_search(file.path, match, technology)) continue;
    const std::string port = match[1];
    for (const std::string& include : file.includes) {
      if (!include.starts_with("libs/adapters/")) continue;
      const bool own = include.starts_with("libs/adapters/" + port + "/");
      const bool shared = std::count(include.begin(), include.end(), '/') == 3;
      EXPECT_TRUE(own || shared) << file.path << " includes " << include;
    }
  }
}

// A third-party header and the only places that may include it.
TEST(Architecture, EveryThirdPartyHasOneHome) {
  const std::vector<std::pair<std::string, Prefixes>> homes = {
      {"boost/beast", {"libs/net/"}},
      {"boost/asio", {"libs/net/"}},
      {"curl/", {"libs/net/"}},
      {"nats/", {"libs/adapters/event_bus/nats/", "bench/"}},
      {"expat.h", {"libs/adapters/object_store/s3/xml.cc"}},
      {"sqlite3.h", {"libs/adapters/sqlite/", "apps/vang/doctor.cc"}},
      {"libpq-fe.h", {"libs/adapters/postgres/"}},
      {"libav", {"apps/vang-decoder/"}},
      {"libswresample/", {"apps/vang-decoder/"}},
      {"onnxruntime", {"libs/speech/onnx_session"}},
      {"sherpa-onnx/", {"apps/vang-recognizer/", "bench/"}},
      {"valijson/", {"libs/common/schema.cc"}},
      {"yaml-cpp/", {"tests/infra/compose_file.cc"}},
      {"spdlog/", {"libs/runtime/"}},
      {"prometheus/", {"libs/runtime/"}},
      {"CLI/", {"apps/"}},
      {"torch/", {"apps/vang-train/"}},
      {"espeak-ng/", {"apps/vang-train/"}},
      {"openssl/", {"libs/base/", "libs/net/"}},
  };
  for (const SourceFile& file : ReadSources()) {
    for (const std::string& include : file.includes) {
      for (const auto& [header, places] : homes) {
        if (!include.starts_with(header)) continue;
        EXPECT_TRUE(StartsWithAny(file.path, places)) << file.path << " includes " << include;
      }
    }
  }
}

TEST(Architecture, CoroutinesLiveInNetAlone) {
  static const std::regex coroutine("\\bco_(await|return|yield)\\b");
  for (const SourceFile& file : ReadSources()) {
    if (file.path.starts_with("libs/net/") || file.path.starts_with("tests/architecture/"))
      continue;
    EXPECT_FALSE(std::regex_search(file.text, coroutine)) << file.path;
  }
}

TEST(Architecture, NoServiceNamesATechnology) {
  static const std::regex technology("SQLite|sqlite|NATS|JetStream|PostgreSQL|libpq|Qdrant|MinIO",
                                     std::regex::icase);
  for (const SourceFile& file : ReadSources()) {
    if (!file.path.starts_with("services/") || file.test) continue;
    std::smatch match;
    EXPECT_FALSE(std::regex_search(file.text, match, technology))
        << file.path << " names " << match.str();
  }
}

TEST(Architecture, FilesStaySmall) {
  std::vector<std::size_t> lengths;
  for (const SourceFile& file : ReadSources()) {
    EXPECT_LE(file.lines, file.test ? 800U : 600U) << file.path;
    if (!file.test) lengths.push_back(file.lines);
  }
  ASSERT_FALSE(lengths.empty());
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<long>(lengths.size() / 2),
                   lengths.end());
  EXPECT_LE(lengths[lengths.size() / 2], 130U) << "the median file has grown";
}

TEST(Architecture, EveryFolderSaysWhatItIsOnOneScreen) {
  Prefixes folders = Folders("services", 1);
  for (const char* top : {"libs", "apps"}) {
    for (const std::string& folder : Folders(top, 1)) folders.push_back(folder);
  }
  for (const char* folder : {"bench", "fuzz", "models", "tests", "tools", "web"}) {
    folders.push_back(folder);
  }
  for (const std::string& folder : folders) {
    const std::string text = ReadText(folder + "/README.md");
    EXPECT_FALSE(text.empty()) << folder << " has no README.md";
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 60) << folder << "/README.md is too long";
  }
}

// docs/architecture.md has a table of folders, `name/` in its first column.
TEST(Architecture, TheFolderTableIsTheTree) {
  static const std::regex row("\n\\| `([a-z-]+(?:/[a-z_-]+)*)/` \\|");
  const std::string text = ReadText("docs/architecture.md");
  Prefixes listed;
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) {
    listed.push_back((*at)[1]);
  }
  ASSERT_FALSE(listed.empty());
  Prefixes tree = Folders("services", 1);
  for (const char* top : {"libs", "apps"}) {
    for (const std::string& folder : Folders(top, 1)) tree.push_back(folder);
  }
  for (const std::string& folder : tree) {
    EXPECT_TRUE(std::count(listed.begin(), listed.end(), folder) == 1)
        << "docs/architecture.md does not list " << folder;
  }
  for (const std::string& folder : listed) {
    if (folder.find('/') == std::string::npos) continue;
    EXPECT_TRUE(std::count(tree.begin(), tree.end(), folder) == 1) << "there is no " << folder;
  }
}

}  // namespace
}  // namespace vang::architecture
