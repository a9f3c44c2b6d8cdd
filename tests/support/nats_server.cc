#include "tests/support/nats_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <fstream>
#include <thread>

#include "libs/base/descriptor_io.h"
#include "tests/support/free_ports.h"
#include "tests/support/freeze.h"

namespace vang {
namespace {

constexpr Duration kStartTimeout{60'000};

// Whether a NATS server greets there.
bool Greets(int port) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = Loopback(port);
  ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  std::array<char, 5> greeting{};
  const auto read = ReadSome(Context(), socket.get(), greeting, Duration(1'000));
  return read.ok() && *read > 0 && greeting[0] == 'I';
}

Result<Subprocess> Launch(const NatsServer::Options& options, int port, int monitor_port) {
  const bool fresh = options.version == NatsVersion::kNew;
  const std::filesystem::path config = options.folder / "nats-server.conf";
  std::filesystem::create_directories(options.folder);
  std::ofstream(config) << "host: 127.0.0.1\nport: " << port
                        << "\nhttp: \"127.0.0.1:" << monitor_port << "\"\nlog_file: \""
                        << (options.folder / "nats-server.log").string()
                        << "\"\njetstream {\n  store_dir: \"" << options.folder.string() << "\"\n"
                        << (fresh ? "  sync_interval: always\n" : "") << "}\n"
                        << options.more_config << "\n";
  Subprocess::Options child;
  child.program = fresh ? std::string(VANG_SOURCE_DIR) + "/.cache/servers/nats-server"
                        : "/usr/sbin/nats-server";
  child.args = {"--config", config.string()};
  child.env = {"HOME=" + options.folder.string()};
  child.capture_error = false;
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  const Context context = Context().WithTimeout(kStartTimeout);
  while (!Greets(port)) {
    if (const auto exit = process.Wait(context, Duration(10)); exit.ok()) {
      return Unavailable("nats-server " + exit->ToString() + "; see " +
                         (options.folder / "nats-server.log").string());
    }
    VANG_RETURN_IF_ERROR(context.Check().Wrap("nats-server does not greet"));
  }
  return process;
}

}  // namespace

Result<NatsServer> NatsServer::Start(Options options) {
  const std::vector<int> ports = FreePorts(2);
  VANG_ASSIGN_OR_RETURN(Subprocess process, Launch(options, ports[0], ports[1]));
  return NatsServer(std::move(options), ports[0], ports[1], std::move(process));
}

void NatsServer::Kill() {
  process_.Kill();
  [[maybe_unused]] const auto reaped = process_.Wait(Context(), Duration(60'000));
}

Status NatsServer::Restart() {
  Kill();
  VANG_ASSIGN_OR_RETURN(process_, Launch(options_, port_, monitor_port_));
  return {};
}

void NatsServer::Freeze() { FreezeProcess(process_.pid()); }

void NatsServer::Thaw() { ::kill(process_.pid(), SIGCONT); }

}  // namespace vang
