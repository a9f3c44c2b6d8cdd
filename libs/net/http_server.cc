#include "libs/net/http_server.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "libs/net/connection.h"
#include "libs/runtime/log.h"

namespace vang::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr int kBacklog = 511;
// Connections over the limit that are told so at the same time; further ones are just closed.
constexpr std::size_t kMaxTurnedAway = 64;

// A connection is a file descriptor, and 1024 is what a process often starts with.
void AllowDescriptors(int connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t want = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(connections) + 1024);
  if (limit.rlim_cur >= want) return;
  limit.rlim_cur = want;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class AsioHttpServer : public HttpServer {
 public:
  AsioHttpServer(const HttpServerConfig& config, http::Handler handler, Metrics* metrics)
      : core_(config, std::move(handler), metrics),
        acceptor_(core_.io),
        retry_(core_.io),
        work_(core_.io.get_executor()) {
    core_.on_closed = [this] { OnConnections(); };
  }
  ~AsioHttpServer() override { AsioHttpServer::Stop(Duration(0)); }

  Status Listen() {
    ErrorCode error;
    const auto address = asio::ip::make_address(core_.config.address, error);
    const std::string where = core_.config.address + ":" + std::to_string(core_.config.port);
    if (error) return InvalidArgument("'" + core_.config.address + "' is no IP address");
    const tcp::endpoint endpoint(address, core_.config.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error == asio::error::address_in_use) {
      return AlreadyExists("cannot listen on " + where + ": another program does");
    }
    if (error.value() == EADDRNOTAVAIL) {
      return InvalidArgument("cannot listen on " + where + ": this machine has no such address");
    }
    if (error) return ErrnoStatus(error.value(), "cannot listen on " + where);
    port_ = acceptor_.local_endpoint(error).port();
    if (core_.metrics != nullptr) {
      core_.metrics->Describe("vang_http_connections", "Open connections of HTTP clients");
      core_.metrics->Describe("vang_http_refused_total",
                              "Requests refused before a handler saw them");
    }
    Accept();
    thread_ = std::thread([this] { Run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void Stop(Duration drain) override {
    std::lock_guard<std::mutex> once(stop_mutex_);
    if (!thread_.joinable()) return;
    asio::post(core_.io, [this] {
      core_.stopping = true;
      ErrorCode ignored;
      acceptor_.close(ignored);
      ForEachConnection(&Connection::StopGently);
      OnConnections();
    });
    {
      std::unique_lock<std::mutex> lock(mutex_);
      all_closed_.wait_for(lock, drain, [&] { return core_has_stopped_ && open_ == 0; });
    }
    // That stops the contexts of handlers, and from then on nothing new goes to the pools.
    std::promise<void> cut_off;
    asio::post(core_.io, [this, &cut_off] {
      ForEachConnection(&Connection::Close);
      cut_off.set_value();
    });
    cut_off.get_future().wait();
    // Handlers post to the I/O thread, which therefore ends last: when nothing is left to wait for.
    core_.handlers.reset();
    core_.pollers.reset();
    asio::post(core_.io, [this] {
      retry_.cancel();
      work_.reset();
    });
    thread_.join();
  }

 private:
  void Run() {
    // A client that goes while a file is sent to it must not end the process. The signal of
    // sendfile comes to the thread that called it, so it is enough to block it here.
    sigset_t pipe_signal;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    while (true) {
      try {
        core_.io.run();
        return;
      } catch (const std::exception& error) {
        Log(LogLevel::kError, "net", "the I/O thread caught an exception",
            {{"what", error.what()}});
        core_.Count("vang_http_io_exceptions_total");
      }
    }
  }

  void Accept() {
    acceptor_.async_accept([this](const ErrorCode& error, tcp::socket socket) {
      if (core_.stopping) return;
      if (error) {
        // Out of file descriptors, most likely: connections that end make room.
        retry_.expires_after(Duration(100));
        retry_.async_wait([this](const ErrorCode& cancelled) {
          if (!cancelled && !core_.stopping) Accept();
        });
        return;
      }
      Admit(std::move(socket));
      Accept();
    });
  }

  void Admit(tcp::socket socket) {
    const auto most = static_cast<std::size_t>(std::max(core_.config.max_connections, 1));
    if (core_.connections.size() >= most + kMaxTurnedAway) return;
    const bool turned_away = core_.connections.size() >= most;
    auto connection = std::make_shared<Connection>(std::move(socket), core_);
    core_.connections.insert(connection);
    OnConnections();
    if (!turned_away) return connection->Start();
    connection->Refuse({503, Unavailable("too many connections; try again shortly")});
  }

  void OnConnections() {
    if (core_.metrics != nullptr) {
      core_.metrics->Set("vang_http_connections", static_cast<double>(core_.connections.size()));
    }
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = core_.connections.size();
    core_has_stopped_ = core_.stopping;
    all_closed_.notify_all();
  }

  void ForEachConnection(void (Connection::*call)()) {
    const auto connections = core_.connections;  // they take themselves out
    for (const auto& connection : connections) (connection.get()->*call)();
  }

  ServerCore core_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::mutex stop_mutex_;

  std::mutex mutex_;
  std::condition_variable all_closed_;
  std::size_t open_ = 0;
  bool core_has_stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerConfig& config,
                                                      http::Handler handler, Metrics* metrics) {
  AllowDescriptors(config.max_connections);
  auto server = std::make_unique<AsioHttpServer>(config, std::move(handler), metrics);
  VANG_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace vang::net
