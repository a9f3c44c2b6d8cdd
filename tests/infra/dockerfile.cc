#include "tests/infra/dockerfile.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>

#include "libs/base/file.h"
#include "libs/common/json.h"

namespace vang::infra {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Texts Words(const std::string& text) {
  std::istringstream in(text);
  Texts words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

class Rules {
 public:
  Rules(const std::vector<Stage>& stages, const BuildContext& context)
      : stages_(stages), context_(context) {}

  Texts Check() {
    for (const std::string& image : context_.images) {
      if (!Earlier(image, stages_.size())) Fault("there is no stage '" + image + "'");
    }
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const Stage& stage = stages_[i];
      where_ = "stage '" + stage.name + "': ";
      Base(stage, i);
      copied_.clear();
      for (const Instruction& instruction : stage.instructions) {
        if (instruction.name == "ADD") Fault("ADD, where COPY says what it does");
        if (instruction.name == "COPY") Copy(instruction.text, i);
        if (instruction.name == "RUN") Run(instruction.text);
        if (instruction.name == "ENV" || instruction.name == "ARG") Variable(instruction.text);
      }
      if (context_.images.contains(stage.name)) Image(stage);
    }
    return faults_;
  }

 private:
  void Fault(const std::string& detail) { faults_.push_back(where_ + detail); }

  // Whether a stage before the one with this index has the name.
  bool Earlier(const std::string& name, std::size_t index) const {
    return std::any_of(stages_.begin(), stages_.begin() + static_cast<long>(index),
                       [&](const Stage& stage) { return stage.name == name; });
  }

  void Base(const Stage& stage, std::size_t index) {
    static const std::regex version(
        "^[^:@ ]+:[^:@ ]*[0-9]+\\.[0-9]+[^:@ ]*(@sha256:[0-9a-f]{64})?$");
    if (Earlier(stage.base, index)) return;
    if (!std::regex_match(stage.base, version)) {
      Fault("the base '" + stage.base + "' has no pinned version");
    }
  }

  void Copy(const std::string& text, std::size_t index) {
    Texts words = Words(text);
    while (!words.empty() && words.front().starts_with("--")) {
      if (words.front().starts_with("--from=")) {
        const std::string from = words.front().substr(7);
        if (!Earlier(from, index)) Fault("copies from '" + from + "', which is no stage before it");
        return;
      }
      words.erase(words.begin());
    }
    if (!words.empty()) words.pop_back();
    if (words.empty()) Fault("COPY of nothing");
    for (const std::string& source : words) {
      if (!fs::exists(context_.folder / source)) Fault("copies " + source + ", which is not there");
      for (const std::string& pattern : context_.excluded) {
        if (Excludes(pattern, source))
          Fault("copies " + source + ", which " + pattern + " excludes");
      }
      copied_.push_back(source);
    }
  }

  // Whether the pattern takes the path or a folder above it.
  static bool Excludes(std::string pattern, const std::string& path) {
    while (pattern.ends_with('/')) pattern.pop_back();
    for (fs::path at = fs::path(path).lexically_normal(); !at.empty() && at != ".";
         at = at.parent_path()) {
      if (::fnmatch(pattern.c_str(), at.c_str(), FNM_PATHNAME) == 0) return true;
    }
    return false;
  }

  void Run(const std::string& command) {
    static const std::regex fetched("(curl|wget) .*\\| *(ba)?sh\\b"), root("\\bsudo\\b");
    if (std::regex_search(command, fetched)) Fault("runs what it fetches");
    if (std::regex_search(command, root)) Fault("sudo in a build");
    if (Holds(command, "apt-get install")) {
      if (!Holds(command, "apt-get update &&")) Fault("installs from lists of an older layer");
      if (!Holds(command, "--no-install-recommends")) Fault("installs what is only recommended");
      if (!Holds(command, "--yes")) Fault("an installation that asks");
      if (!Holds(command, "rm -rf /var/lib/apt/lists/*")) Fault("keeps apt's lists");
    }
    for (const char* script : {"tools/install-dependencies", "tools/install-servers"}) {
      if (Holds(command, script)) Script(script, command);
    }
  }

  // A script of ours finds in the stage what it reads.
  void Script(const std::string& script, const std::string& command) {
    static const std::regex file("tools/(pinned|packages)/[a-z0-9-]+(\\.[a-z]+)?");
    Texts needed = {script};
    const auto text = ReadFile(context_.folder / script);
    if (text.ok()) {
      for (std::sregex_iterator at(text->begin(), text->end(), file), end; at != end; ++at) {
        needed.push_back(at->str());
      }
    }
    if (script == "tools/install-dependencies") {
      const std::string after = command.substr(command.find(script) + script.size());
      for (const std::string& group : Words(after.substr(0, after.find("&&")))) {
        needed.push_back("tools/packages/" + group);
      }
    }
    for (const std::string& path : needed) {
      const bool there =
          std::any_of(copied_.begin(), copied_.end(), [&](const std::string& copied) {
            return copied == "." || copied == path ||
                   (copied.ends_with('/') && path.starts_with(copied));
          });
      if (!there) Fault(script + " reads " + path + ", which is not copied before it");
    }
  }

  void Variable(const std::string& text) {
    static const std::regex secret("PASSWORD|SECRET|TOKEN|_KEY");
    if (std::regex_search(text, secret)) Fault("a secret in the image: " + text);
  }

  // What is run: by nobody's rights, with an entry that is no shell's text, and without compilers.
  void Image(const Stage& stage) {
    static const std::regex user("^[1-9][0-9]*:[1-9][0-9]*$");
    std::string last_user;
    bool entry = false;
    for (const Instruction& instruction : stage.instructions) {
      if (instruction.name == "USER") last_user = instruction.text;
      if (instruction.name == "RUN" && (Holds(instruction.text, "tools/install-") ||
                                        Holds(instruction.text, "build-essential"))) {
        Fault("builds in what is run");
      }
      if (instruction.name != "CMD" && instruction.name != "ENTRYPOINT") continue;
      entry = true;
      const auto words = ParseJson(instruction.text);
      if (!words.ok() || !words->is_array()) Fault(instruction.name + " goes through a shell");
    }
    if (!std::regex_match(last_user, user)) Fault("its user is not a number other than root's");
    if (!entry) Fault("it has neither CMD nor ENTRYPOINT");
    if (stages_.front().name == stage.name) Fault("it is built in the stage that is run");
  }

  const std::vector<Stage>& stages_;
  const BuildContext& context_;
  std::string where_;
  Texts copied_;
  Texts faults_;
};

}  // namespace

std::vector<Stage> ReadDockerfile(const std::string& text) {
  std::vector<Stage> stages;
  std::map<std::string, std::string> arguments;
  std::istringstream in(text);
  std::string whole;
  for (std::string line; std::getline(in, line);) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line[begin] == '#') continue;
    line.erase(0, begin);
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.pop_back();
    whole += line;
    if (goes_on) continue;
    const std::size_t end = whole.find_first_of(" \t");
    Instruction instruction{whole.substr(0, end),
                            end == std::string::npos ? "" : whole.substr(end + 1)};
    std::transform(instruction.name.begin(), instruction.name.end(), instruction.name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    whole.clear();
    if (instruction.name == "FROM") {
      Texts words = Words(instruction.text);
      std::erase_if(words, [](const std::string& word) { return word.starts_with("--"); });
      Stage stage;
      if (!words.empty()) stage.base = words[0];
      if (words.size() == 3) stage.name = words[2];
      for (const auto& [name, value] : arguments) {
        if (stage.base == "${" + name + "}" || stage.base == "$" + name) stage.base = value;
      }
      stages.push_back(std::move(stage));
    } else if (!stages.empty()) {
      stages.back().instructions.push_back(std::move(instruction));
    } else if (const std::size_t equals = instruction.text.find('='); equals != std::string::npos) {
      arguments[instruction.text.substr(0, equals)] = instruction.text.substr(equals + 1);
    }
  }
  return stages;
}

std::vector<std::string> DockerfileFaults(const std::vector<Stage>& stages,
                                          const BuildContext& context) {
  return Rules(stages, context).Check();
}

}  // namespace vang::infra
