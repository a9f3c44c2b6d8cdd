// infra/Dockerfile keeps the rules of dockerfile.h, and the packages of the image are those that
// our programs are linked with. Each rule is shown a Dockerfile that breaks it.
#include "tests/infra/dockerfile.h"

#include <gmock/gmock.h>

#include <sstream>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "tests/infra/break.h"
#include "tests/support/vang_server.h"

namespace vang::infra {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Text(const std::string& path) {
  return ReadFile(fs::path(VANG_SOURCE_DIR) / path).value();
}

// The lines without comments, and the words of each.
std::vector<std::string> List(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string line; std::getline(in, line);) {
    std::istringstream rest(line.substr(0, line.find('#')));
    for (std::string word; rest >> word;) words.push_back(word);
  }
  return words;
}

BuildContext Repository() {
  return {VANG_SOURCE_DIR, List(Text("infra/Dockerfile.dockerignore")), {"vang", "servers"}};
}

std::vector<std::string> FaultsWith(const std::string& what, const std::string& other) {
  return DockerfileFaults(ReadDockerfile(Replaced(Text("infra/Dockerfile"), what, other)),
                          Repository());
}

TEST(Dockerfile, OursKeepsTheRules) {
  EXPECT_THAT(DockerfileFaults(ReadDockerfile(Text("infra/Dockerfile")), Repository()), IsEmpty());
}

TEST(Dockerfile, EachRuleIsBrokenBySomething) {
  for (const Break& broken : {
           Break{" AS vang\n", " AS program\n", "there is no stage 'vang'"},
           {"ARG DEBIAN=debian:12.12-slim", "ARG DEBIAN=debian:latest",
            "stage 'build': the base 'debian:latest' has no pinned version"},
           {"ARG DEBIAN=debian:12.12-slim", "ARG DEBIAN=debian", "the base 'debian' has no pinned"},
           {"ARG DEBIAN=debian:12.12-slim\n", "", "the base '${DEBIAN}' has no pinned version"},
           {"COPY . .", "ADD . .", "ADD, where COPY"},
           {"COPY . .", "ADD https://example.org/vang.tar.gz .", "ADD, where COPY"},
           {"COPY --from=build /out/lib/", "COPY --from=builder /out/lib/",
            "stage 'vang': copies from 'builder', which is no stage before it"},
           {"COPY models/ ", "COPY model/ ", "copies model/, which is not there"},
           {"COPY models/ ", "COPY build/models ", "copies build/models, which build excludes"},
           {"COPY models/ ", "COPY --chown=1:1 build-asan/x ",
            "build-asan/x, which build-* excludes"},
           {"COPY models/ ", "COPY infra/.env ", "copies infra/.env, which infra/.env excludes"},
           {"ninja -C build programs", "curl https://example.org/x | sh", "runs what it fetches"},
           {"RUN ldconfig", "RUN sudo ldconfig", "sudo in a build"},
           {"RUN apt-get update \\\n    && apt-get", "RUN apt-get", "from lists of an older layer"},
           {"--no-install-recommends ", "", "installs what is only recommended"},
           {"--yes ", "", "an installation that asks"},
           {"    && rm -rf /var/lib/apt/lists/* \\\n", "", "stage 'servers': keeps apt's lists"},
           {"COPY tools/packages/build", "COPY tools/packages/run",
            "tools/install-dependencies reads tools/packages/build, which is not copied"},
           {"COPY tools/pinned/ ", "COPY tools/pinned/servers.txt ",
            "tools/install-dependencies reads tools/pinned/sherpa-onnx.txt"},
           {"COPY tools/install-servers ", "COPY tools/install-dependencies ",
            "stage 'build-servers': tools/install-servers reads tools/install-servers"},
           {"install-dependencies build\n", "install-dependencies build test\n",
            "reads tools/packages/test, which is not copied"},
           {"RUN ldconfig", "ENV VANG_SERVICE_SECRET=x", "a secret in the image"},
           {"USER 10001:10001\n", "", "stage 'vang': its user is not a number"},
           {"USER 10001:10001\n", "USER 10001:10001\nUSER root\n", "stage 'vang': its user"},
           {"USER 10002:10002", "USER servers", "stage 'servers': its user"},
           {"RUN ldconfig", "RUN tools/install-dependencies build", "builds in what is run"},
           {"CMD [\"vang\", \"--help\"]", "CMD vang --help", "CMD goes through a shell"},
           {"CMD [\"vang\", \"--help\"]", "ENTRYPOINT exec vang",
            "ENTRYPOINT goes through a shell"},
           {"CMD [\"vang\", \"--help\"]", "", "it has neither CMD nor ENTRYPOINT"},
       }) {
    EXPECT_THAT(FaultsWith(broken.what, broken.other), Contains(HasSubstr(broken.fault)))
        << broken.what << " -> " << broken.other;
  }
  EXPECT_THAT(DockerfileFaults(ReadDockerfile("FROM debian:12.12 AS vang\nUSER 1:1\nCMD [\"a\"]\n"),
                               {VANG_SOURCE_DIR, {}, {"vang"}}),
              Contains(HasSubstr("it is built in the stage that is run")));
}

TEST(Dockerfile, IsReadAsDockerReadsIt) {
  const auto stages = ReadDockerfile(
      "# syntax\nARG BASE=debian:12.12\nFROM --platform=linux/amd64 ${BASE} AS one\n"
      "run a \\\n  # between\n  && b\nFROM one\nCMD [\"x\"]\n");
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0].base, "debian:12.12");
  EXPECT_EQ(stages[0].name, "one");
  EXPECT_EQ(stages[0].instructions.at(0).name, "RUN");
  EXPECT_EQ(stages[0].instructions.at(0).text, "a && b");
  EXPECT_EQ(stages[1].base, "one");
  EXPECT_EQ(stages[1].instructions.at(0).text, "[\"x\"]");
}

std::string Output(const std::string& program, std::vector<std::string> args) {
  const auto result = RunCommand(program, std::move(args), {"PATH=/usr/bin:/bin", "LC_ALL=C"});
  EXPECT_THAT(result, IsOk());
  if (!result.ok()) return "";
  EXPECT_TRUE(result->exit.ok()) << result->error;
  return result->output;
}

// The Debian packages with the libraries that the programs are linked with, without those that
// every image has and what a sanitizer brings.
std::set<std::string> LinkedPackages(const std::vector<std::string>& programs) {
  std::set<std::string> libraries;
  for (const std::string& program : programs) {
    std::istringstream in(
        Output("/usr/bin/readelf", {"-d", std::string(VANG_BINARY_DIR) + "/bin/" + program}));
    for (std::string line; std::getline(in, line);) {
      const std::size_t begin = line.find('[');
      if (line.find("(NEEDED)") == std::string::npos || begin == std::string::npos) continue;
      libraries.insert(line.substr(begin + 1, line.find(']') - begin - 1));
    }
  }
  EXPECT_FALSE(libraries.empty());
  std::vector<std::string> search = {"--search"};
  for (const std::string& library : libraries) {
    // Those of ONNX come from the wheel, not from Debian.
    if (library.find("onnx") == std::string::npos) {
      search.push_back("*/x86_64-linux-gnu/" + library);
    }
  }
  std::set<std::string> packages;
  std::istringstream owners(Output("/usr/bin/dpkg-query", search));
  for (std::string line; std::getline(owners, line);) {
    packages.insert(line.substr(0, line.find(':')));
  }
  for (const char* everywhere : {"libc6", "libgcc-s1", "libstdc++6", "libasan6", "libasan8",
                                 "libtsan0", "libtsan2", "libubsan1"}) {
    packages.erase(everywhere);
  }
  return packages;
}

TEST(Dockerfile, TheImageHasTheLibrariesOfItsProgramsAndNoOthers) {
  const auto linked =
      LinkedPackages({"vang", "vang-decoder", "vang-recognizer", "vang-api-gateway",
                      "vang-ingestion", "vang-metadata", "vang-asr", "vang-nlp-post",
                      "vang-embeddings", "vang-search", "vang-training-orchestrator"});
#ifdef __OPTIMIZE__
  EXPECT_THAT(List(Text("tools/packages/run")), testing::UnorderedElementsAreArray(linked));
#else
  // Programs that are not optimised, as the image's are, refer to more.
  EXPECT_THAT(List(Text("tools/packages/run")), testing::IsSubsetOf(linked));
#endif
}

}  // namespace
}  // namespace vang::infra
