#include "tests/support/vang_cluster.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

#include "libs/base/file.h"
#include "libs/base/uuid.h"
#include "libs/net/http_client.h"
#include "tests/support/free_ports.h"

namespace vang {
namespace {

// Builds and tests of others share the machine.
constexpr Duration kStartTimeout{120'000};
constexpr Duration kEndTimeout{60'000};
constexpr std::size_t kSecretBytes = 32;

std::string ServiceOf(const std::string& instance) {
  const std::size_t end = instance.find_last_not_of("0123456789");
  return end + 1 == instance.size() ? instance : instance.substr(0, end);
}

}  // namespace

Result<std::unique_ptr<VangCluster>> VangCluster::Start() {
  VANG_ASSIGN_OR_RETURN(auto cluster, StartServersAlone());
  VANG_RETURN_IF_ERROR(cluster->StartServices());
  return cluster;
}

Result<std::unique_ptr<VangCluster>> VangCluster::StartServersAlone() {
  std::unique_ptr<VangCluster> cluster(new VangCluster());
  VANG_RETURN_IF_ERROR(cluster->StartServers());
  VANG_RETURN_IF_ERROR(
      WriteFileDurably(cluster->folder_.path() / "secret", RandomHex(kSecretBytes)));
  VANG_RETURN_IF_ERROR(cluster->Prepare());
  return cluster;
}

Status VangCluster::Rewire(const Wiring& wiring) {
  VANG_RETURN_IF_ERROR(Terminate().status());
  services_.clear();
  wiring_ = wiring;
  return StartServices();
}

std::vector<std::string> VangCluster::instances() const {
  std::vector<std::string> names;
  for (const char* service : kServices) {
    int instances = wiring_.instances;
    if (service == std::string("embeddings")) instances = 1;
    if (service == std::string("asr") && wiring_.recognising > 0) instances = wiring_.recognising;
    names.emplace_back(service);
    for (int i = 2; i <= instances; ++i) {
      names.push_back(service + std::string("-") + std::to_string(i));
    }
  }
  return names;
}

Status VangCluster::Prepare() {
  std::vector<std::string> fresh;
  for (const std::string& name : instances()) {
    if (!ports_.contains(name)) fresh.push_back(name);
  }
  const std::vector<int> ports = FreePorts(fresh.size());
  for (std::size_t i = 0; i < ports.size(); ++i) ports_[fresh[i]] = ports[i];
  return WriteSettings();
}

Status VangCluster::StartServices() {
  VANG_RETURN_IF_ERROR(Prepare());
  const std::vector<std::string> names = instances();
  for (const std::string& name : names) VANG_RETURN_IF_ERROR(Restart(name));
  for (const std::string& name : names) VANG_RETURN_IF_ERROR(WaitUntilReady(name));
  return {};
}

Status VangCluster::StartServers() {
  VANG_ASSIGN_OR_RETURN(NatsServer nats, NatsServer::Start({folder_.path() / "nats"}));
  nats_.emplace(std::move(nats));
  VANG_ASSIGN_OR_RETURN(postgres_, PostgresServer::Start({}));
  std::filesystem::create_directories(folder_.path() / "s3");
  S3Server::Options s3;
  s3.folder = folder_.path() / "s3";
  VANG_ASSIGN_OR_RETURN(S3Server server, S3Server::Start(s3));
  s3_.emplace(std::move(server));
  return {};
}

Status VangCluster::WriteSettings() const {
  const postgres::Config postgres = tables();
  const S3ObjectStoreConfig objects = this->objects();
  const auto text = [](const std::string& name, const std::string& value) {
    return name + " = \"" + value + "\"\n";
  };
  const auto through = [](int port, const std::string& scheme, const std::string& own) {
    return port == 0 ? own : scheme + "://127.0.0.1:" + std::to_string(port);
  };
  std::string settings;
  for (const char* service : {"ingestion", "metadata", "asr", "embeddings", "search", "training"}) {
    std::string urls;
    for (const std::string& name : instances()) {
      const bool its = name.starts_with(service);
      if (its) urls += (urls.empty() ? "" : ",") + url(name);
    }
    settings += "[" + std::string(service) + "]\n" + text("urls", urls);
    if (service == std::string("asr")) {
      settings += "recognizers = " + std::to_string(wiring_.recognizers) + "\n";
    }
  }
  // A test asks more often than any one client does.
  settings += "[gateway]\nrequests_per_second = 10000\nburst = 10000\n";
  settings += "[nats]\n" + text("url", through(wiring_.nats_port, "nats", nats_->url())) +
              text("monitor_url", nats_->monitor_url());
  settings += "[postgres]\nport = " +
              std::to_string(wiring_.postgres_port == 0 ? postgres.port : wiring_.postgres_port) +
              "\n" + text("database", postgres.database) + text("user", postgres.user) +
              text("password_file", postgres.password_file) + text("schema", postgres.schema);
  settings += "[s3]\ncreate_bucket = true\n" +
              text("endpoint", through(wiring_.s3_port, "http", objects.endpoint)) +
              text("bucket", objects.bucket) +
              text("access_key_id_file", objects.access_key_id_file.string()) +
              text("secret_access_key_file", objects.secret_access_key_file.string()) +
              text("spool_folder", folder_.path().string());
  if (const std::string qdrant = qdrant_url(); !qdrant.empty()) {
    settings += "[qdrant]\n" + text("url", through(wiring_.qdrant_port, "http", qdrant)) +
                text("collection", collection_);
  } else {
    settings += "[index]\n" + text("folder", folder_.path().string());
  }
  return WriteFileDurably(this->settings(), settings);
}

std::vector<std::string> VangCluster::EnvironmentOf(const std::string& instance) const {
  std::vector<std::string> environment = {
      "VANG_CONFIG=" + settings().string(),
      "VANG_SERVICE_SECRET_FILE=" + (folder_.path() / "secret").string(),
      "VANG_SERVICE_LISTEN=" + url(instance).substr(7)};
  if (ServiceOf(instance) == "asr") environment.push_back("VANG_ASR_INSTANCE=" + instance);
  return environment;
}

std::string VangCluster::url(const std::string& instance) const {
  return "http://127.0.0.1:" + std::to_string(ports_.at(instance));
}

std::string VangCluster::qdrant_url() {
  const char* url = std::getenv("VANG_TEST_QDRANT_URL");
  return url == nullptr ? "" : url;
}

Result<std::string> VangCluster::MakeKey(const std::string& tenant,
                                         const std::vector<std::string>& scopes) {
  std::vector<std::string> args = {"keys", "create", "--tenant", tenant};
  for (const std::string& scope : scopes) args.push_back("--scope=" + scope);
  args.push_back("a key of " + tenant);
  VANG_ASSIGN_OR_RETURN(const CommandResult made, Run("metadata", std::move(args)));
  if (!made.exit.ok()) return Internal(made.error);
  return made.output.substr(0, made.output.find('\n'));
}

Result<CommandResult> VangCluster::Run(const std::string& instance, std::vector<std::string> args,
                                       std::vector<std::string> more) const {
  std::vector<std::string> environment = EnvironmentOf(instance);
  environment.insert(environment.end(), more.begin(), more.end());
  return RunProgram("vang-" + ServiceOf(instance), std::move(args), std::move(environment));
}

void VangCluster::Kill(const std::string& instance) {
  Subprocess& process = services_.at(instance);
  process.Kill();
  [[maybe_unused]] const auto reaped = process.Wait(Context(), kEndTimeout);
}

void VangCluster::Remove(const std::string& instance) {
  Kill(instance);
  services_.erase(instance);
}

Status VangCluster::Restart(const std::string& instance) { return RestartWith(instance, {}); }

Status VangCluster::RestartWith(const std::string& instance, const std::vector<std::string>& more) {
  services_.erase(instance);
  if (!ports_.contains(instance)) ports_[instance] = FreePorts(1).front();
  Subprocess::Options child;
  // Its log goes into a file: nobody reads a pipe.
  const std::string log = (folder_.path() / (instance + ".log")).string();
  const std::filesystem::path programs =
      wiring_.programs.empty() ? std::filesystem::path(VANG_BINARY_DIR) / "bin" : wiring_.programs;
  child.program = "/bin/sh";
  child.args = {"-c", "exec \"$0\" >>'" + log + "' 2>&1 </dev/null",
                (programs / ("vang-" + ServiceOf(instance))).string()};
  std::vector<std::string> environment = EnvironmentOf(instance);
  environment.insert(environment.end(), more.begin(), more.end());
  child.env = ProgramEnvironment(std::move(environment));
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  services_.emplace(instance, std::move(process));
  return {};
}

Status VangCluster::WaitUntilReady(const std::string& instance) {
  VANG_ASSIGN_OR_RETURN(const auto client, net::HttpClient::Create(url(instance)));
  const Context context = Context().WithTimeout(kStartTimeout);
  std::string problem;
  while (true) {
    http::Request request;
    request.method = "GET";
    request.path = "/readyz";
    const auto answer = client->Send(Context().WithTimeout(Duration(10'000)), request);
    if (answer.ok() && answer->status == 200) return {};
    problem = answer.ok() ? answer->body : answer.status().ToString();
    if (const auto exit = services_.at(instance).Wait(Context(), Duration(50)); exit.ok()) {
      const auto log = ReadFile(folder_.path() / (instance + ".log"));
      return Unavailable(instance + " " + exit->ToString() + ": " + (log.ok() ? *log : ""));
    }
    VANG_RETURN_IF_ERROR(context.Check().Wrap(instance + " is not ready: " + problem));
  }
}

Result<ExitStatus> VangCluster::Terminate(const std::string& instance) {
  Subprocess& process = services_.at(instance);
  ::kill(process.pid(), SIGTERM);
  return process.Wait(Context(), kEndTimeout);
}

Result<std::map<std::string, ExitStatus>> VangCluster::Terminate() {
  for (auto& [instance, process] : services_) {
    // One that is gone has no process to signal any more.
    if (!process.Wait(Context(), Duration(0)).ok()) ::kill(process.pid(), SIGTERM);
  }
  std::map<std::string, ExitStatus> ends;
  for (auto& [instance, process] : services_) {
    auto exit = process.Wait(Context(), kEndTimeout);
    if (!exit.ok()) return exit.status().Wrap(instance);
    ends.emplace(instance, *exit);
  }
  return ends;
}

}  // namespace vang
