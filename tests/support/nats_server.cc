#include "tests/support/nats_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <fstream>
#include <thread>

#include "libs/base/descriptor_io.h"
#include "tests/support/freeze.h"

namespace vang {
namespace {

constexpr Duration kStartTimeout{60'000};

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// Two ports that nobody has now.
std::array<int, 2> FreePorts() {
  std::array<FileDescriptor, 2> sockets;
  std::array<int, 2> ports{};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    sockets[i] = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    if (::bind(sockets[i].get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::getsockname(sockets[i].get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      ports[i] = ntohs(address.sin_port);
    }
  }
  return ports;
}

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
  const auto [port, monitor_port] = FreePorts();
  VANG_ASSIGN_OR_RETURN(Subprocess process, Launch(options, port, monitor_port));
  return NatsServer(std::move(options), port, monitor_port, std::move(process));
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
