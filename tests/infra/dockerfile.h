// A Dockerfile as a list of stages, and what every one of ours has to keep. No linter of Debian's
// knows the language; this one knows the part of it that we use.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace vang::infra {

struct Instruction {
  std::string name;  // in capitals
  std::string text;  // the rest, continued lines joined by a space
};

struct Stage {
  std::string name;  // empty when it has none
  std::string base;  // an image, arguments filled in, or the name of an earlier stage
  std::vector<Instruction> instructions;
};

// Comments are gone. What stands before the first FROM gives the arguments their values.
std::vector<Stage> ReadDockerfile(const std::string& text);

struct BuildContext {
  std::filesystem::path folder;       // the repository's
  std::vector<std::string> excluded;  // the lines of the .dockerignore file
  std::set<std::string> images;       // stages that are run, and not only built from
};

// One line for each fault, "stage 'vang': …"; empty when all rules are kept.
std::vector<std::string> DockerfileFaults(const std::vector<Stage>& stages,
                                          const BuildContext& context);

}  // namespace vang::infra
