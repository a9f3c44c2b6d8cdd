#include "tests/support/vang_cluster.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

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

}  // namespace

Result<std::unique_ptr<VangCluster>> VangCluster::Start() {
  std::unique_ptr<VangCluster> cluster(new VangCluster());
  VANG_RETURN_IF_ERROR(cluster->StartServers());
  const std::vector<int> ports = FreePorts(std::size(kServices));
  for (std::size_t i = 0; i < ports.size(); ++i) cluster->ports_[kServices[i]] = ports[i];
  VANG_RETURN_IF_ERROR(cluster->WriteSettings());
  for (const char* service : kServices) VANG_RETURN_IF_ERROR(cluster->Restart(service));
  for (const char* service : kServices) VANG_RETURN_IF_ERROR(cluster->WaitUntilReady(service));
  return cluster;
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
  const postgres::Config postgres = postgres_->ConfigFor(folder_.path());
  const S3ObjectStoreConfig objects = s3_->Config(kBucket);
  const auto text = [](const std::string& name, const std::string& value) {
    return name + " = \"" + value + "\"\n";
  };
  std::string settings;
  for (const char* service : {"ingestion", "metadata", "asr", "embeddings", "search"}) {
    settings += "[" + std::string(service) + "]\n" + text("urls", url(service));
  }
  settings += "[training]\n" + text("urls", url("training-orchestrator"));
  settings += "[nats]\n" + text("url", nats_->url()) + text("monitor_url", nats_->monitor_url());
  settings += "[postgres]\nport = " + std::to_string(postgres.port) + "\n" +
              text("database", postgres.database) + text("user", postgres.user) +
              text("password_file", postgres.password_file) + text("schema", postgres.schema);
  settings += "[s3]\ncreate_bucket = true\n" + text("endpoint", objects.endpoint) +
              text("bucket", objects.bucket) +
              text("access_key_id_file", objects.access_key_id_file.string()) +
              text("secret_access_key_file", objects.secret_access_key_file.string()) +
              text("spool_folder", folder_.path().string());
  settings += "[index]\n" + text("folder", folder_.path().string());
  VANG_RETURN_IF_ERROR(WriteFileDurably(folder_.path() / "secret", RandomHex(32)));
  return WriteFileDurably(folder_.path() / "vang.toml", settings);
}

std::vector<std::string> VangCluster::EnvironmentOf(const std::string& service) const {
  return {"VANG_CONFIG=" + (folder_.path() / "vang.toml").string(),
          "VANG_SERVICE_SECRET_FILE=" + (folder_.path() / "secret").string(),
          "VANG_SERVICE_LISTEN=" + url(service).substr(7)};
}

std::string VangCluster::url(const std::string& service) const {
  return "http://127.0.0.1:" + std::to_string(ports_.at(service));
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

Result<CommandResult> VangCluster::Run(const std::string& service,
                                       std::vector<std::string> args) const {
  return RunProgram("vang-" + service, std::move(args), EnvironmentOf(service));
}

void VangCluster::Kill(const std::string& service) {
  Subprocess& process = services_.at(service);
  process.Kill();
  [[maybe_unused]] const auto reaped = process.Wait(Context(), kEndTimeout);
}

Status VangCluster::Restart(const std::string& service) {
  services_.erase(service);
  Subprocess::Options child;
  // Its log goes into a file: nobody reads a pipe.
  const std::string log = (folder_.path() / (service + ".log")).string();
  child.program = "/bin/sh";
  child.args = {"-c", "exec \"$0\" >>'" + log + "' 2>&1 </dev/null",
                std::string(VANG_BINARY_DIR) + "/bin/vang-" + service};
  child.env = ProgramEnvironment(EnvironmentOf(service));
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  services_.emplace(service, std::move(process));
  return {};
}

Status VangCluster::WaitUntilReady(const std::string& service) {
  VANG_ASSIGN_OR_RETURN(const auto client, net::HttpClient::Create(url(service)));
  const Context context = Context().WithTimeout(kStartTimeout);
  std::string problem;
  while (true) {
    http::Request request;
    request.method = "GET";
    request.path = "/readyz";
    const auto answer = client->Send(Context().WithTimeout(Duration(10'000)), request);
    if (answer.ok() && answer->status == 200) return {};
    problem = answer.ok() ? answer->body : answer.status().ToString();
    if (const auto exit = services_.at(service).Wait(Context(), Duration(50)); exit.ok()) {
      const auto log = ReadFile(folder_.path() / (service + ".log"));
      return Unavailable(service + " " + exit->ToString() + ": " + (log.ok() ? *log : ""));
    }
    VANG_RETURN_IF_ERROR(context.Check().Wrap(service + " is not ready: " + problem));
  }
}

Result<std::map<std::string, ExitStatus>> VangCluster::Terminate() {
  for (auto& [service, process] : services_) ::kill(process.pid(), SIGTERM);
  std::map<std::string, ExitStatus> ends;
  for (auto& [service, process] : services_) {
    auto exit = process.Wait(Context(), kEndTimeout);
    if (!exit.ok()) return exit.status().Wrap(service);
    ends.emplace(service, *exit);
  }
  return ends;
}

}  // namespace vang
