#include "tests/support/s3_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "libs/base/uuid.h"
#include "libs/net/http_client.h"
#include "tests/support/free_ports.h"
#include "tests/support/freeze.h"

namespace vang {
namespace {

namespace fs = std::filesystem;

// Builds and tests of others share the machine.
constexpr Duration kStartTimeout{120'000};
constexpr Duration kExitTimeout{30'000};

fs::path BinaryOf(S3Kind kind) {
  const char* name = kind == S3Kind::kMinio ? "minio" : "versitygw";
  return fs::path(VANG_SOURCE_DIR) / ".cache/servers" / name;
}

void WriteText(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string ReadText(const fs::path& path) {
  const auto text = ReadFile(path, 1 << 20);
  return text.ok() ? *text : "";
}

}  // namespace

Result<S3Server> S3Server::Start(const Options& options) {
  if (const fs::path binary = BinaryOf(options.kind); !fs::exists(binary)) {
    return NotFound("there is no " + binary.string() + "; run tools/install-servers");
  }
  S3Server server(options);
  std::error_code ignored;
  fs::create_directories(server.data(), ignored);
  fs::create_directories(options.folder / "certs", ignored);
  server.access_key_id_ = ReadText(options.folder / "access_key_id");
  server.secret_access_key_ = ReadText(options.folder / "secret_access_key");
  if (server.access_key_id_.empty()) {
    server.access_key_id_ = RandomHex(8);
    server.secret_access_key_ = RandomHex(20);
    WriteText(options.folder / "access_key_id", server.access_key_id_);
    WriteText(options.folder / "secret_access_key", server.secret_access_key_);
  }
  if (options.tls) VANG_RETURN_IF_ERROR(server.MakeCertificate());
  Status status;
  for (int i = 0; i < 3; ++i) {
    server.port_ = static_cast<std::uint16_t>(FreePorts(1).front());
    server.url_ = std::string(options.tls ? "https" : "http") +
                  "://127.0.0.1:" + std::to_string(server.port_);
    status = server.Run();
    if (status.ok()) return server;
  }
  return status;
}

Status S3Server::MakeCertificate() const {
  Subprocess::Options openssl;
  openssl.program = "/usr/bin/openssl";
  openssl.args = {"req",
                  "-x509",
                  "-newkey",
                  "ec",
                  "-pkeyopt",
                  "ec_paramgen_curve:prime256v1",
                  "-nodes",
                  "-days",
                  "2",
                  "-subj",
                  "/CN=vang-test",
                  "-addext",
                  "subjectAltName=IP:127.0.0.1",
                  "-keyout",
                  (options_.folder / "certs/private.key").string(),
                  "-out",
                  ca_file().string()};
  openssl.env = {"PATH=/usr/bin:/bin"};
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(openssl)));
  VANG_ASSIGN_OR_RETURN(const ExitStatus exit, process.Wait(Context(), kStartTimeout));
  return exit.ok() ? Status() : Internal("openssl " + exit.ToString());
}

Status S3Server::Run() {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  Subprocess::Options child;
  child.program = BinaryOf(options_.kind).string();
  child.env = {"PATH=/usr/bin:/bin", "HOME=" + options_.folder.string()};
  if (options_.kind == S3Kind::kMinio) {
    child.args = {"server",
                  "--quiet",
                  "--address",
                  address,
                  "--console-address",
                  "127.0.0.1:0",
                  "--certs-dir",
                  (options_.folder / (options_.tls ? "certs" : "none")).string(),
                  data().string()};
    child.env.insert(child.env.end(), {"MINIO_ROOT_USER=" + access_key_id_,
                                       "MINIO_ROOT_PASSWORD=" + secret_access_key_,
                                       "MINIO_BROWSER=off", "MINIO_UPDATE=off", "CI=true"});
    if (!options_.domain.empty()) child.env.push_back("MINIO_DOMAIN=" + options_.domain);
  } else {
    child.args = {"--quiet", "posix", fs::absolute(data()).string()};
    child.env.insert(child.env.end(), {"VGW_PORT=" + address, "ROOT_ACCESS_KEY=" + access_key_id_,
                                       "ROOT_SECRET_KEY=" + secret_access_key_});
    if (options_.tls) {
      child.env.push_back("VGW_CERT=" + ca_file().string());
      child.env.push_back("VGW_KEY=" + (options_.folder / "certs/private.key").string());
    }
  }
  // Its words go into a file: nobody reads a pipe.
  child.args.insert(
      child.args.begin(),
      {"-c", "exec \"$0\" \"$@\" >>\"$HOME/server.log\" 2>&1 </dev/null", child.program});
  child.program = "/bin/sh";
  VANG_ASSIGN_OR_RETURN(process_, Subprocess::Start(std::move(child)));
  net::HttpClientOptions client_options;
  if (options_.tls) client_options.ca_file = ca_file();
  VANG_ASSIGN_OR_RETURN(const auto client, net::HttpClient::Create(url_, client_options));
  const auto end = std::chrono::steady_clock::now() + kStartTimeout;
  while (std::chrono::steady_clock::now() < end) {
    http::Request request;
    request.method = "GET";
    request.path = "/";
    // Without a signature it is refused, by a server that is there.
    const auto answer = client->Send(Context().WithTimeout(Duration(5'000)), request);
    if (answer.ok() && answer->status < 500) return {};
    if (process_->Wait(Context(), Duration(50)).ok()) {
      return Unavailable("the S3 server ended before it served: " +
                         ReadText(options_.folder / "server.log"));
    }
  }
  return DeadlineExceeded("the S3 server does not answer at " + url_);
}

S3ObjectStoreConfig S3Server::Config(const std::string& bucket) const {
  S3ObjectStoreConfig config;
  config.endpoint = url_;
  config.bucket = bucket;
  config.access_key_id_file = options_.folder / "access_key_id";
  config.secret_access_key_file = options_.folder / "secret_access_key";
  if (options_.tls) config.ca_file = ca_file();
  config.create_bucket = true;
  config.spool_folder = options_.folder;
  return config;
}

void S3Server::Kill() {
  process_->Kill();
  [[maybe_unused]] const auto reaped = process_->Wait(Context(), kExitTimeout);
}

Status S3Server::Restart() { return Run(); }
void S3Server::Freeze() { FreezeProcess(process_->pid()); }
void S3Server::Thaw() { ::kill(process_->pid(), SIGCONT); }

}  // namespace vang
