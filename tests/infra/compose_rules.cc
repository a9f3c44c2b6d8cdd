#include "tests/infra/compose_rules.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "libs/base/file.h"

namespace vang::infra {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

// The ports that are known to the world: design.md, section 2, and those of the servers.
const std::map<std::string, Texts> kPorts = {
    {"api-gateway", {"8000"}},  {"ingestion", {"8001"}},
    {"metadata", {"8002"}},     {"asr", {"8003"}},
    {"nlp-post", {"8004"}},     {"embeddings", {"8005"}},
    {"search", {"8006"}},       {"training-orchestrator", {"8007"}},
    {"nats", {"4222", "8222"}}, {"postgres", {"5432"}},
    {"s3", {"9000", "9001"}},   {"qdrant", {"6333"}},
};
constexpr const char* kReachable = "api-gateway";

// What must outlive its container, and where the program keeps it.
const std::map<std::string, std::string> kLasting = {
    {"postgres", "/var/lib/postgresql/data"},
    {"nats", "/data"},
    {"s3", "/data"},
    {"qdrant", "/qdrant/storage"},
    {"embeddings", "/var/lib/vang/index"},
};

bool Has(const Texts& texts, const std::string& text) {
  return std::count(texts.begin(), texts.end(), text) > 0;
}

// Each NAME of "/run/secrets/NAME" in the text.
Texts SecretsNamedIn(const std::string& text) {
  static const std::regex path("/run/secrets/([A-Za-z0-9_.-]+)");
  Texts names;
  for (std::sregex_iterator at(text.begin(), text.end(), path), end; at != end; ++at) {
    names.push_back((*at)[1]);
  }
  return names;
}

class Rules {
 public:
  explicit Rules(const ComposeProject& project) : project_(project), file_(project.file) {}

  Texts Check() {
    const Texts services = NamesIn(file_, "/services");
    for (const auto& [name, ports] : kPorts) {
      if (!Has(services, name)) Fault("there is no service '" + name + "'");
    }
    for (const std::string& name : services) {
      where_ = "service '" + name + "': ";
      const JsonValue& service = *Find(file_, "/services/" + name);
      Image(service);
      Running(service);
      Rights(service);
      Ports(name, service);
      Volumes(name, service);
      Passwords(service);
      References(service, services);
    }
    where_.clear();
    Declarations();
    Hosts(services);
    return faults_;
  }

 private:
  void Fault(const std::string& detail) { faults_.push_back(where_ + detail); }

  void Image(const JsonValue& service) {
    static const std::regex version(
        R"(^[^:@]+:v?[0-9]+\.[0-9]+[A-Za-z0-9.-]*(@sha256:[0-9a-f]{64})?$)");
    const std::string image = TextOf(service, "/image");
    if (!std::regex_match(image, version)) Fault("the image '" + image + "' has no pinned version");
    if (Find(service, "/build") == nullptr) return;
    const fs::path context = project_.folder / TextOf(service, "/build/context");
    const fs::path dockerfile = context / TextOf(service, "/build/dockerfile");
    const auto text = ReadFile(dockerfile);
    if (!text.ok()) return Fault("there is no file " + dockerfile.string());
    const std::string target = TextOf(service, "/build/target");
    if (!std::regex_search(*text, std::regex("\nFROM [^\n]+ AS " + target + "\n"))) {
      Fault("the Dockerfile has no stage '" + target + "'");
    }
  }

  // Starts again by itself, is looked at, and cannot fill the disk with its words.
  void Running(const JsonValue& service) {
    const std::string restart = TextOf(service, "/restart");
    if (restart != "unless-stopped" && restart != "always") Fault("it does not restart");
    const Texts test = TextsOf(service, "/healthcheck/test");
    if (test.size() < 2 || test[0] != "CMD" || TextOf(service, "/healthcheck/disable") == "true") {
      Fault("it has no health check that runs a program");
    }
    for (const char* member : {"interval", "timeout", "retries", "start_period"}) {
      if (TextOf(service, "/healthcheck/" + std::string(member)).empty()) {
        Fault("its health check has no " + std::string(member));
      }
    }
    if (TextOf(service, "/logging/options/max-size").empty()) Fault("its log has no bound");
  }

  void Rights(const JsonValue& service) {
    static const std::regex user("^[1-9][0-9]*:[1-9][0-9]*$");
    if (!std::regex_match(TextOf(service, "/user"), user)) {
      Fault("its user is not a number other than root's");
    }
    if (TextOf(service, "/read_only") != "true") Fault("its root is not read-only");
    if (TextOf(service, "/privileged") == "true") Fault("it is privileged");
    if (!Has(TextsOf(service, "/cap_drop"), "ALL")) Fault("it keeps capabilities");
    if (Find(service, "/cap_add") != nullptr) Fault("it is given capabilities");
    if (!Has(TextsOf(service, "/security_opt"), "no-new-privileges:true")) {
      Fault("it may gain privileges");
    }
  }

  void Ports(const std::string& name, const JsonValue& service) {
    const Texts published = TextsOf(service, "/ports", "target");
    const auto known = kPorts.find(name);
    if (known == kPorts.end()) return Fault("the design has no such service");
    if (name == kReachable) {
      for (const std::string& port : known->second) {
        if (published.size() != 1 || !published[0].ends_with(":" + port)) {
          Fault("it does not publish " + port);
        }
      }
      return;
    }
    if (!published.empty()) Fault("it can be reached from outside");
    for (const std::string& network : TextsOf(service, "/networks")) {
      if (TextOf(file_, "/networks/" + network + "/internal") != "true") {
        Fault("its network '" + network + "' is not internal");
      }
    }
    // Ours say themselves where they listen; for the others the file does.
    const bool server = !TextOf(service, "/image").starts_with("vang:");
    for (const std::string& port : known->second) {
      if (server && !Has(TextsOf(service, "/expose"), port)) Fault("it does not expose " + port);
    }
  }

  void Volumes(const std::string& name, const JsonValue& service) {
    const std::vector<VolumeMount> mounts = VolumesOf(service);
    if (const auto lasting = kLasting.find(name); lasting != kLasting.end()) {
      const bool kept = std::any_of(mounts.begin(), mounts.end(), [&](const VolumeMount& mount) {
        return mount.target == lasting->second && !mount.source.empty();
      });
      if (!kept) Fault(lasting->second + " is on no named volume");
    }
    for (const VolumeMount& mount : mounts) {
      if (mount.source.find('/') != std::string::npos) Fault("it mounts a path of the host");
    }
  }

  // A secret is a file that the container is given; nothing stands in the environment.
  void Passwords(const JsonValue& service) {
    static const std::regex secret("PASSWORD|SECRET|TOKEN|CREDENTIAL|_KEY$|API_KEY|ACCESS");
    for (const std::string& variable : NamesIn(service, "/environment")) {
      if (!std::regex_search(variable, secret)) continue;
      const std::string value = TextOf(service, "/environment/" + variable);
      if (!variable.ends_with("_FILE") || !value.starts_with("/run/secrets/")) {
        Fault(variable + " is not the path of a secret");
      }
    }
    const Texts given = TextsOf(service, "/secrets", "source");
    std::string all = WriteJson(service);
    for (const std::string& named : SecretsNamedIn(all)) {
      if (!Has(given, named)) Fault("it is not given the secret '" + named + "'");
    }
    for (const std::string& source : TextsOf(service, "/configs", "source")) {
      const auto text = ReadFile(project_.folder / TextOf(file_, "/configs/" + source + "/file"));
      if (text.ok()) all += *text;
    }
    const Texts read = SecretsNamedIn(all);
    for (const std::string& name : given) {
      if (!Has(read, name)) Fault("it does not read the secret '" + name + "'");
    }
  }

  // What a service names is declared.
  void References(const JsonValue& service, const Texts& services) {
    for (const char* kind : {"secrets", "configs", "networks"}) {
      for (const std::string& name : TextsOf(service, "/" + std::string(kind), "source")) {
        Use(kind, name);
      }
    }
    for (const VolumeMount& mount : VolumesOf(service)) {
      if (!mount.source.empty()) Use("volumes", mount.source);
    }
    Texts dependencies = NamesIn(service, "/depends_on");
    if (dependencies.empty()) dependencies = TextsOf(service, "/depends_on");
    for (const std::string& name : dependencies) {
      if (!Has(services, name)) Fault("it depends on '" + name + "', which is no service");
    }
  }

  void Use(const std::string& kind, const std::string& name) {
    used_.insert(kind + "/" + name);
    if (Find(file_, "/" + kind + "/" + name) == nullptr) {
      Fault("'" + name + "' is not declared in " + kind);
    }
  }

  // What is declared is used and there.
  void Declarations() {
    static const std::regex required(R"(^\$\{[A-Z_]+:\?[^}]+\}/([a-z0-9-]+)$)");
    for (const char* kind : {"secrets", "configs", "networks", "volumes"}) {
      for (const std::string& name : NamesIn(file_, "/" + std::string(kind))) {
        if (!used_.contains(kind + ("/" + name)))
          Fault(kind + (" '" + name) + "' is used by nobody");
      }
    }
    for (const std::string& name : NamesIn(file_, "/configs")) {
      const fs::path path = project_.folder / TextOf(file_, "/configs/" + name + "/file");
      if (!fs::is_regular_file(path)) Fault("config '" + name + "': there is no " + path.string());
    }
    for (const std::string& name : NamesIn(file_, "/secrets")) {
      std::smatch match;
      const std::string written = TextOf(project_.unfilled, "/secrets/" + name + "/file");
      if (!std::regex_match(written, match, required)) {
        Fault("secret '" + name + "' is not a file in a folder that has to be named");
      } else if (const std::string path = TextOf(file_, "/secrets/" + name + "/file");
                 !fs::is_regular_file(path)) {
        Fault("secret '" + name + "': infra/make-secrets makes no " + path);
      }
    }
  }

  // Where our services look for others: a service there is, at the port it has.
  void Hosts(const Texts& services) {
    static const std::regex url("[a-z]+://([a-z0-9-]+):([0-9]+)");
    for (const std::string& config : NamesIn(file_, "/configs")) {
      const std::string file = TextOf(file_, "/configs/" + config + "/file");
      const auto text = ReadFile(project_.folder / file);
      if (!text.ok()) continue;
      for (std::sregex_iterator at(text->begin(), text->end(), url), end; at != end; ++at) {
        const std::string host = (*at)[1], port = (*at)[2];
        if (!Has(services, host)) {
          Fault(file + " names '" + host + "', which is no service");
        } else if (const auto known = kPorts.find(host);
                   known == kPorts.end() || !Has(known->second, port)) {
          Fault(file + " looks for '" + host + "' at " + port);
        }
      }
    }
  }

  const ComposeProject& project_;
  const JsonValue& file_;
  std::string where_;
  std::set<std::string> used_;
  Texts faults_;
};

}  // namespace

std::vector<std::string> ComposeFaults(const ComposeProject& project) {
  return Rules(project).Check();
}

}  // namespace vang::infra
