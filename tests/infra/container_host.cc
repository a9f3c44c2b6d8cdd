#include "tests/infra/container_host.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "libs/base/file.h"

namespace vang::infra {
namespace {

namespace fs = std::filesystem;

// Builds and tests of others share the machine.
constexpr Duration kStartTimeout{120'000};
constexpr Duration kEndTimeout{120'000};

const fs::path kSource = VANG_SOURCE_DIR;

void Write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

Status WriteTo(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good() ? Status() : Unavailable(std::string("cannot write ") + path);
}

bool Sanitized() { return std::getenv("ASAN_OPTIONS") || std::getenv("TSAN_OPTIONS"); }

int SignalOf(const std::string& name) { return name == "SIGINT" ? SIGINT : SIGTERM; }

// The user and the group of "10001:10001".
std::pair<std::string, std::string> UserOf(const JsonValue& entry) {
  const std::string user = TextOf(entry, "/user");
  const std::size_t colon = user.find(':');
  return {user.substr(0, colon), user.substr(colon + 1)};
}

// The command as the user that it has in the container; see run-container.
std::vector<std::string> AsUser(const JsonValue& entry, std::vector<std::string> command) {
  const auto [user, group] = UserOf(entry);
  command.insert(command.begin(),
                 {"/usr/bin/unshare", "--user", "--map-user=" + user, "--map-group=" + group, "--",
                  "/usr/bin/setpriv", "--no-new-privs", "--"});
  return command;
}

}  // namespace

Status EnterNamespaces() {
  const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0) {
    return ErrnoStatus(errno, "making namespaces");
  }
  VANG_RETURN_IF_ERROR(WriteTo("/proc/self/setgroups", "deny"));
  VANG_RETURN_IF_ERROR(WriteTo("/proc/self/uid_map", "0 " + user + " 1"));
  VANG_RETURN_IF_ERROR(WriteTo("/proc/self/gid_map", "0 " + group + " 1"));
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &loopback) != 0) return ErrnoStatus(errno, "ifup lo");
  return {};
}

ContainerHost::ContainerHost(JsonValue compose, fs::path infra)
    : compose_(std::move(compose)), infra_(std::move(infra)) {}

const JsonValue& ContainerHost::Entry(const std::string& service) const {
  return *Find(compose_, "/services/" + service);
}

std::vector<std::string> ContainerHost::services() const {
  std::vector<std::string> names = NamesIn(compose_, "/services");
  std::erase_if(names,
                [&](const std::string& name) { return Find(Entry(name), "/profiles") != nullptr; });
  return names;
}

std::vector<std::string> ContainerHost::Environment(const std::string& service) const {
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<std::string> environment;
  if (TextOf(Entry(service), "/image").starts_with("postgres:")) {
    path += ":/usr/lib/postgresql/15/bin";
    environment.push_back("PGDATA=/var/lib/postgresql/data");
  }
  environment.push_back(path);
  for (const std::string& name : NamesIn(Entry(service), "/environment")) {
    environment.push_back(name + "=" + TextOf(Entry(service), "/environment/" + name));
  }
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name))
      environment.push_back(name + ("=" + std::string(value)));
  }
  return environment;
}

// Those that share a network with it; this is one machine, so they are all at the same address.
std::string ContainerHost::Hosts(const std::string& service) const {
  const std::vector<std::string> own = TextsOf(Entry(service), "/networks");
  std::string hosts = "127.0.0.1 localhost\n::1 localhost\n";
  for (const std::string& other : services()) {
    for (const std::string& network : TextsOf(Entry(other), "/networks")) {
      if (std::count(own.begin(), own.end(), network) == 0) continue;
      hosts += "127.0.0.1 " + other + "\n";
      break;
    }
  }
  return hosts;
}

Status ContainerHost::PutFiles(const std::string& service, const fs::path& root) const {
  const JsonValue& entry = Entry(service);
  for (const char* name :
       {"usr", "proc", "sys", "dev", "dev/shm", "run/secrets", "var/lib", "tmp"}) {
    fs::create_directories(root / name);
  }
  for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    const fs::path link = fs::path("/") / name;
    if (fs::is_symlink(link)) fs::copy_symlink(link, root / name);
  }
  fs::create_symlink("../run", root / "var/run");
  for (const char* device : {"null", "zero", "full", "random", "urandom"}) {
    Write(root / "dev" / device, "");
  }
  for (const char* name : {"ld.so.conf", "ld.so.conf.d", "alternatives", "nsswitch.conf"}) {
    const fs::path from = fs::path("/etc") / name;
    if (!fs::exists(from)) continue;
    fs::create_directories(root / "etc");
    fs::copy(from, root / "etc" / name,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }
  const auto [user, group] = UserOf(entry);
  Write(root / "etc/passwd",
        "root:x:0:0::/root:/bin/sh\nservice:x:" + user + ":" + group + "::/nonexistent:/bin/sh\n");
  Write(root / "etc/group", "root:x:0:\nservice:x:" + group + ":\n");
  Write(root / "etc/hosts", Hosts(service));

  for (const std::string& name : TextsOf(entry, "/secrets", "source")) {
    VANG_ASSIGN_OR_RETURN(const std::string secret,
                          ReadFile(TextOf(compose_, "/secrets/" + name + "/file")));
    Write(root / "run/secrets" / name, secret);
  }
  const std::vector<std::string> configs = TextsOf(entry, "/configs", "source");
  const std::vector<std::string> targets = TextsOf(entry, "/configs", "target");
  for (std::size_t i = 0; i < configs.size(); ++i) {
    VANG_ASSIGN_OR_RETURN(const std::string config,
                          ReadFile(infra_ / TextOf(compose_, "/configs/" + configs[i] + "/file")));
    Write(root / targets[i].substr(1), config);
  }
  if (TextOf(entry, "/image").starts_with("postgres:")) {
    fs::copy_file(kSource / "tests/infra/postgres-entrypoint", root / "postgres-entrypoint");
  }
  return {};
}

// In the form of fstab(5).
std::string ContainerHost::Mounts(const std::string& service, const fs::path& root) const {
  const JsonValue& entry = Entry(service);
  const std::string image = TextOf(entry, "/image");
  std::string mounts;
  const auto bind = [&](const fs::path& from, const std::string& to, const char* options) {
    mounts += from.string() + " " + root.string() + to + " none " + options + " 0 0\n";
  };
  const auto memory = [&](const std::string& to, const std::string& options) {
    mounts += "tmpfs " + root.string() + to + " tmpfs " + options + " 0 0\n";
  };
  bind("/usr", "/usr", "rbind,ro");
  bind("/proc", "/proc", "rbind");
  bind("/sys", "/sys", "rbind");
  for (const char* device : {"null", "zero", "full", "random", "urandom"}) {
    bind(fs::path("/dev") / device, std::string("/dev/") + device, "bind");
  }
  const std::string shared = TextOf(entry, "/shm_size");
  memory("/dev/shm",
         "mode=1777,size=" + (shared.empty() ? "64m" : shared.substr(0, shared.size() - 1)));

  // What the Dockerfile puts below /usr/local.
  const fs::path local = root.string() + ".local";
  for (const char* name : {"bin", "lib", "share/vang/models"}) fs::create_directories(local / name);
  bind(local, "/usr/local", "bind,ro");
  if (image.starts_with("vang:")) {
    bind(fs::path(VANG_BINARY_DIR) / "bin", "/usr/local/bin", "bind,ro");
    bind(fs::canonical(kSource / ".cache/third-party") / "sherpa-onnx/lib", "/usr/local/lib",
         "bind,ro");
    bind(kSource / "models", "/usr/local/share/vang/models", "bind,ro");
  } else if (image.starts_with("vang-servers:")) {
    for (const char* server : {"nats-server", "minio"}) {
      Write(local / "bin" / server, "");
      bind(fs::canonical(kSource / ".cache/servers" / server),
           std::string("/usr/local/bin/") + server, "bind,ro");
    }
  }
  // A sanitizer's suppressions are read from, and its findings written to, the working tree.
  if (Sanitized()) {
    fs::create_directories(root / kSource.relative_path());
    bind(kSource, kSource.string(), "bind");
  }
  for (const std::string& text : TextsOf(entry, "/tmpfs")) {
    const std::size_t colon = text.find(':');
    std::string options = text.substr(colon + 1);
    // The one user that there is owns it anyway.
    if (options.starts_with("uid=")) options = options.substr(options.find("mode="));
    fs::create_directories(root.string() + text.substr(0, colon));
    memory(text.substr(0, colon), options);
  }
  for (const VolumeMount& volume : VolumesOf(entry)) {
    // One without a name is the container's own and begins empty.
    const fs::path from = volume.source.empty() ? fs::path(root.string() + ".spool")
                                                : folder_.path() / "volumes" / volume.source;
    fs::create_directories(from);
    fs::create_directories(root.string() + volume.target);
    bind(from, volume.target, "bind");
  }
  return mounts;
}

Status ContainerHost::MakeRoot(const std::string& service) const {
  const fs::path root = folder_.path() / service;
  for (const char* suffix : {"", ".local", ".spool"}) fs::remove_all(root.string() + suffix);
  VANG_RETURN_IF_ERROR(PutFiles(service, root));
  Write(root.string() + ".fstab", Mounts(service, root));
  return {};
}

Status ContainerHost::Start(const std::string& service) {
  containers_.erase(service);
  VANG_RETURN_IF_ERROR(MakeRoot(service));
  const JsonValue& entry = Entry(service);
  const auto [user, group] = UserOf(entry);
  Subprocess::Options child;
  child.program = "/usr/bin/unshare";
  child.args = {"--mount",
                "--propagation=private",
                "--",
                "/bin/sh",
                (kSource / "tests/infra/run-container").string(),
                (folder_.path() / service).string(),
                user,
                group};
  if (TextOf(entry, "/image").starts_with("postgres:"))
    child.args.push_back("/postgres-entrypoint");
  for (const std::string& word : TextsOf(entry, "/command")) child.args.push_back(word);
  child.env = Environment(service);
  child.capture_error = false;
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  containers_.emplace(service, std::move(process));
  return {};
}

Result<CommandResult> ContainerHost::Exec(const std::string& service,
                                          std::vector<std::string> command) const {
  std::vector<std::string> args = AsUser(Entry(service), std::move(command));
  args.insert(args.begin(),
              {"--target", std::to_string(containers_.at(service).pid()), "--mount", "--"});
  return RunCommand("/usr/bin/nsenter", std::move(args), Environment(service));
}

Result<CommandResult> ContainerHost::CheckHealth(const std::string& service) const {
  std::vector<std::string> test = TextsOf(Entry(service), "/healthcheck/test");
  if (test.size() < 2 || test[0] != "CMD") return InvalidArgument(service + " has no health check");
  return Exec(service, {test.begin() + 1, test.end()});
}

Status ContainerHost::WaitUntilHealthy(const std::string& service) {
  const Context context = Context().WithTimeout(kStartTimeout);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const CommandResult health, CheckHealth(service));
    if (health.exit.ok()) return {};
    if (const auto exit = containers_.at(service).Wait(Context(), Duration(100)); exit.ok()) {
      return Unavailable(service + " " + exit->ToString() + ": " + Log(service));
    }
    VANG_RETURN_IF_ERROR(
        context.Check().Wrap(service + " is not healthy: " + health.error + "\n" + Log(service)));
  }
}

Result<std::map<std::string, ExitStatus>> ContainerHost::Stop(std::vector<std::string> services) {
  std::erase_if(services, [&](const std::string& name) { return !containers_.contains(name); });
  for (const std::string& name : services) {
    ::kill(containers_.at(name).pid(), SignalOf(TextOf(Entry(name), "/stop_signal")));
  }
  std::map<std::string, ExitStatus> ends;
  for (const std::string& name : services) {
    const auto exit = containers_.at(name).Wait(Context(), kEndTimeout);
    if (!exit.ok()) return exit.status().Wrap(name + " does not stop: " + Log(name));
    ends.emplace(name, *exit);
    containers_.erase(name);
  }
  return ends;
}

std::string ContainerHost::Log(const std::string& service) const {
  const auto log = ReadFile(folder_.path() / (service + ".log"));
  return log.ok() ? *log : "";
}

}  // namespace vang::infra
