// What receiving costs: a body of many gigabytes through server and handler, both ends in separate
// processes so that the receiver's memory can be told from the sender's. Prints seconds, MB/s and
// how much the receiver's peak resident set grew.
//   net_bench [GIB]    default 2
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "libs/net/http_client.h"
#include "libs/net/http_server.h"

namespace {

long PeakKiB() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class Zeros : public vang::http::BodyReader {
 public:
  explicit Zeros(std::uint64_t size) : left_(size) {}
  vang::Result<std::size_t> Read(const vang::Context&, char* buffer, std::size_t size) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    std::fill_n(buffer, n, '\0');
    left_ -= n;
    return n;
  }

 private:
  std::uint64_t left_;
};

int Send(std::uint16_t port, std::uint64_t size) {
  auto client = vang::net::HttpClient::Create("http://127.0.0.1:" + std::to_string(port));
  if (!client.ok()) return 1;
  vang::http::Request request;
  request.method = "POST";
  request.path = "/";
  request.content_length = size;
  request.body = std::make_shared<Zeros>(size);
  const auto response = (*client)->Send({}, request);
  return response.ok() && response->body == std::to_string(size) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t gib = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2;
  int to_sender[2];
  if (::pipe(to_sender) != 0) return 1;
  // Forked before there are threads.
  const pid_t sender = ::fork();
  if (sender == 0) {
    std::uint16_t port = 0;
    if (::read(to_sender[0], &port, sizeof(port)) != sizeof(port)) ::_exit(1);
    // Once to warm up, then on a word from the receiver.
    int failed = Send(port, 16 << 20);
    char go = 0;
    if (::read(to_sender[0], &go, 1) != 1) ::_exit(1);
    failed += Send(port, gib << 30);
    ::_exit(failed);
  }
  std::atomic<int> received = 0;
  auto server = vang::net::HttpServer::Start(
      {},
      [&](const vang::Context& context, vang::http::Request& request) {
        std::vector<char> buffer(64 << 10);
        std::uint64_t total = 0;
        while (true) {
          const auto n = request.body->Read(context, buffer.data(), buffer.size());
          if (!n.ok()) return vang::http::Problem(n.status());
          if (*n == 0) break;
          total += *n;
        }
        ++received;
        received.notify_all();
        return vang::http::TextResponse(200, "text/plain", std::to_string(total));
      },
      nullptr);
  if (!server.ok()) return 1;
  const std::uint16_t port = (*server)->port();
  if (::write(to_sender[1], &port, sizeof(port)) != sizeof(port)) return 1;
  received.wait(0);
  const long before = PeakKiB();
  const auto begin = std::chrono::steady_clock::now();
  if (::write(to_sender[1], "g", 1) != 1) return 1;
  int status = 0;
  ::waitpid(sender, &status, 0);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("body %lu GiB  seconds %.2f  MB/s %.0f  receiver's peak RSS +%ld KiB (of %ld KiB)\n",
              static_cast<unsigned long>(gib), seconds,
              static_cast<double>(gib << 30) / 1e6 / seconds, PeakKiB() - before, PeakKiB());
  return status == 0 ? 0 : 1;
}
