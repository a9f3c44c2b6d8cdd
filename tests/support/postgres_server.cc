#include "tests/support/postgres_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "libs/base/file.h"
#include "libs/base/sha256.h"
#include "tests/support/free_ports.h"
#include "tests/support/freeze.h"

namespace vang {
namespace {

namespace fs = std::filesystem;

constexpr Duration kStartTimeout{60'000};
constexpr const char* kPassword = "correct horse";

fs::path Program(const std::string& name) { return "/usr/lib/postgresql/15/bin/" + name; }

// Who PostgreSQL runs as; the test's own user unless that is root.
const passwd* User() {
  if (::getuid() != 0) return ::getpwuid(::getuid());
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
}

Result<Subprocess> StartAsUser(const std::string& program, std::vector<std::string> args) {
  Subprocess::Options child;
  child.program = Program(program);
  child.args = std::move(args);
  if (::getuid() == 0) {
    child.args.insert(child.args.begin(), {"--reuid=" + std::to_string(User()->pw_uid),
                                           "--regid=" + std::to_string(User()->pw_gid),
                                           "--clear-groups", "--", child.program});
    child.program = "/usr/bin/setpriv";
  }
  child.env = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", std::string("PGPASSWORD=") + kPassword};
  return Subprocess::Start(std::move(child));
}

// Runs to the end; its standard output, or what it said.
Result<std::string> RunAsUser(const std::string& program, std::vector<std::string> args) {
  VANG_ASSIGN_OR_RETURN(Subprocess process, StartAsUser(program, std::move(args)));
  process.CloseInput();
  std::string output, error;
  for (auto [fd, text] : {std::pair{process.output_fd(), &output}, {process.error_fd(), &error}}) {
    pollfd waiting{fd, POLLIN, 0};
    char buffer[4'096];
    while (::poll(&waiting, 1, static_cast<int>(kStartTimeout.count())) > 0) {
      const ssize_t n = ::read(fd, buffer, sizeof buffer);
      if (n <= 0) break;
      text->append(buffer, static_cast<std::size_t>(n));
    }
  }
  VANG_ASSIGN_OR_RETURN(const ExitStatus exit, process.Wait(Context(), kStartTimeout));
  if (!exit.ok()) return Unavailable(program + " " + exit.ToString() + ": " + error);
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

void GiveToUser(const fs::path& path) {
  if (::getuid() != 0) return;
  const auto give = [](const fs::path& one) {
    return ::lchown(one.c_str(), User()->pw_uid, User()->pw_gid) == 0;
  };
  bool all = give(path);
  for (const auto& entry : fs::recursive_directory_iterator(path)) all &= give(entry.path());
  if (!all) std::perror("chown");
}

// initdb takes seconds, a copy of what it made does not; the first test to need it makes it.
Result<fs::path> Template() {
  const fs::path parent = fs::path(VANG_BINARY_DIR) / "tests";
  const fs::path made = parent / "postgres-15-data";
  fs::create_directories(parent);
  const FileDescriptor lock(
      ::open((parent / "postgres-15-data.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (::flock(lock.get(), LOCK_EX) != 0) return ErrnoStatus(errno, "locking the template");
  if (fs::exists(made)) return made;
  TempFolder work;
  VANG_RETURN_IF_ERROR(WriteFileDurably(work.path() / "password", kPassword));
  GiveToUser(work.path());
  const fs::path data = work.path() / "data";
  VANG_RETURN_IF_ERROR(
      RunAsUser("initdb", {"-D", data, "-U", "vang", "-E", "UTF8", "--locale=C.UTF-8",
                           "--auth=scram-sha-256", "--wal-segsize=1", "--no-sync",
                           "--no-instructions", "--pwfile", work.path() / "password"})
          .status());
  fs::copy(data, made.string() + ".new", fs::copy_options::recursive);
  fs::rename(made.string() + ".new", made);
  return made;
}

// The processes whose parent is `parent`.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string text;
    if (!std::getline(stat, text)) continue;
    // The name, in brackets, may hold anything; state and parent follow its last bracket.
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos || end + 4 >= text.size()) continue;
    if (std::atoi(text.c_str() + end + 4) == parent) {
      children.push_back(std::atoi(entry.path().filename().c_str()));
    }
  }
  return children;
}

}  // namespace

Result<std::unique_ptr<PostgresServer>> PostgresServer::Start(const Options& options) {
  std::unique_ptr<PostgresServer> server(new PostgresServer(options));
  VANG_RETURN_IF_ERROR(server->MakeData());
  Status launched;
  // Another program may take the free port first.
  for (int attempt = 0; attempt < 5; ++attempt) {
    server->port_ = FreePorts(1).front();
    launched = server->Launch();
    if (launched.ok()) break;
  }
  VANG_RETURN_IF_ERROR(launched);
  return server;
}

Result<const PostgresServer*> PostgresServer::Shared() {
  static const auto server = Start({});
  if (!server.ok()) return server.status();
  return server->get();
}

PostgresServer::~PostgresServer() { Kill(); }

Status PostgresServer::MakeData() {
  VANG_ASSIGN_OR_RETURN(const fs::path made, Template());
  const fs::path data = folder_.path() / "data";
  fs::copy(made, data, fs::copy_options::recursive);
  fs::permissions(data, fs::perms::owner_all);
  std::ofstream settings(data / "postgresql.auto.conf", std::ios::app);
  settings << "listen_addresses='127.0.0.1'\nunix_socket_directories=''\nshared_buffers='16MB'\n"
           << "max_connections=60\nlogging_collector=on\nlog_directory='log'\nfsync="
           << (options_.durable ? "on" : "off") << "\n";
  for (const std::string& setting : options_.settings) settings << setting << "\n";
  settings.close();
  VANG_RETURN_IF_ERROR(
      WriteFileDurably(folder_.path() / "password", std::string(kPassword) + "\n"));
  GiveToUser(data);
  GiveToUser(folder_.path());
  return {};
}

Status PostgresServer::Launch() {
  const fs::path data = folder_.path() / "data";
  std::error_code ignored;
  fs::remove(data / "postmaster.pid", ignored);
  VANG_ASSIGN_OR_RETURN(Subprocess process,
                        StartAsUser("postgres", {"-D", data, "-p", std::to_string(port_)}));
  process_ = std::make_unique<Subprocess>(std::move(process));
  const auto end = std::chrono::steady_clock::now() + kStartTimeout;
  while (std::chrono::steady_clock::now() < end) {
    // The server writes there when it takes connections.
    std::ifstream file(data / "postmaster.pid");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.find("\nready") != std::string::npos) return {};
    if (process_->Wait(Context(), Duration(20)).ok()) {
      char buffer[4'096];
      const ssize_t n = ::read(process_->error_fd(), buffer, sizeof buffer);
      return Unavailable("postgres ended at once: " +
                         std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))));
    }
  }
  return DeadlineExceeded("postgres did not become ready");
}

postgres::Config PostgresServer::ConfigFor(const std::filesystem::path& folder) const {
  postgres::Config config;
  config.port = port_;
  config.database = "postgres";
  config.user = "vang";
  config.password_file = folder_.path() / "password";
  config.schema = "test_" + Sha256Hex(folder.string()).substr(0, 16);
  config.connections = 4;
  // A busy machine is no failure.
  config.connect_timeout = Duration(60'000);
  config.acquire_timeout = Duration(120'000);
  return config;
}

void PostgresServer::Signal(int signal) {
  if (process_ == nullptr) return;
  // One that runs makes children that the list would not have.
  if (signal != SIGCONT) FreezeProcess(process_->pid());
  const std::vector<pid_t> children = ChildrenOf(process_->pid());
  ::kill(process_->pid(), signal);
  for (const pid_t child : children) ::kill(child, signal);
}

void PostgresServer::Kill() {
  Signal(SIGKILL);
  process_.reset();
}

void PostgresServer::Stop() {
  if (process_ == nullptr) return;
  ::kill(process_->pid(), SIGINT);
  [[maybe_unused]] const auto ended = process_->Wait(Context(), kStartTimeout);
  process_.reset();
}

Status PostgresServer::Restart() {
  Status launched;
  // What a killed server had shared may take a moment to go.
  for (int attempt = 0; attempt < 300; ++attempt) {
    launched = Launch();
    if (launched.ok()) return {};
    std::this_thread::sleep_for(Duration(100));
  }
  return launched;
}

void PostgresServer::Freeze() { Signal(SIGSTOP); }
void PostgresServer::Thaw() { Signal(SIGCONT); }

Result<std::string> PostgresServer::Run(const std::string& program,
                                        std::vector<std::string> args) const {
  args.insert(args.begin(), {"-h", "127.0.0.1", "-p", std::to_string(port_), "-U", "vang"});
  return RunAsUser(program, std::move(args));
}

}  // namespace vang
