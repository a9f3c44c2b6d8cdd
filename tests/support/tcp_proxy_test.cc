#include "tests/support/tcp_proxy.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "libs/base/descriptor_io.h"
#include "libs/base/status_matchers.h"
#include "libs/net/http_client.h"
#include "libs/net/http_server.h"

namespace vang {
namespace {

constexpr std::size_t kBig = 3 << 20;

// A server that answers /small with "hello" and /big with three MiB, and a client of the proxy in
// front of it; a body is answered with itself.
class TcpProxyTest : public testing::Test {
 protected:
  void SetUp() override {
    net::HttpServerConfig config;
    config.address = "127.0.0.1";
    auto server = net::HttpServer::Start(
        config,
        [](const Context& context, http::Request& request) {
          if (request.body) {
            return http::TextResponse(200, "text/plain", *request.ReadBody(context, 2 * kBig));
          }
          return http::TextResponse(200, "text/plain",
                                    request.path == "/big" ? std::string(kBig, 'x') : "hello");
        },
        nullptr);
    VANG_ASSERT_OK(server);
    server_ = std::move(*server);
    auto proxy = TcpProxy::Start(server_->port());
    VANG_ASSERT_OK(proxy);
    proxy_ = std::move(*proxy);
    auto client = net::HttpClient::Create("http://127.0.0.1:" + std::to_string(proxy_->port()));
    VANG_ASSERT_OK(client);
    client_ = std::move(*client);
  }

  Result<std::string> Get(const std::string& path, Duration timeout = Duration(60'000)) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    VANG_ASSIGN_OR_RETURN(const http::Response answer,
                          client_->Send(Context().WithTimeout(timeout), request));
    return answer.body;
  }

  // What comes, or why not.
  std::string Small() {
    const auto answer = Get("/small");
    return answer.ok() ? *answer : answer.status().ToString();
  }

  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<TcpProxy> proxy_;
  std::unique_ptr<net::HttpClient> client_;
};

TEST_F(TcpProxyTest, PassesRequestsAndAnswersOfAnySizeOn) {
  EXPECT_EQ(Small(), "hello");
  const auto big = Get("/big");
  VANG_ASSERT_OK(big);
  EXPECT_EQ(big->size(), kBig);
  http::Request request;
  request.method = "POST";
  request.path = "/";
  const std::string body(kBig, 'y');
  request.content_length = body.size();
  request.body = http::StringBody(body);
  const auto echo = client_->Send(Context().WithTimeout(Duration(60'000)), request);
  VANG_ASSERT_OK(echo);
  EXPECT_TRUE(echo->body == body);
}

TEST_F(TcpProxyTest, RefusesConnectionsAndResetsThoseThatAreThere) {
  VANG_ASSERT_OK(Get("/small"));
  for (int i = 0; i < 3; ++i) {
    proxy_->Refuse();
    // The rule reaches the proxy's thread a moment later.
    while (Get("/small").ok()) std::this_thread::yield();
    EXPECT_EQ(Get("/small").status().code(), Code::kUnavailable);
    proxy_->Pass();
    while (!Get("/small").ok()) std::this_thread::yield();
    EXPECT_EQ(Small(), "hello");
  }
}

TEST_F(TcpProxyTest, LetsSlowAnswersTrickle) {
  proxy_->Slow(Duration(1));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(Small(), "hello");
  // A head and five bytes, a millisecond each at least.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(50));
  proxy_->Slow(Duration(60'000));
  EXPECT_EQ(Get("/small", Duration(200)).status().code(), Code::kDeadlineExceeded);
  proxy_->Pass();
  EXPECT_EQ(Small(), "hello");
}

TEST_F(TcpProxyTest, CutsAnswersInTheMiddle) {
  proxy_->CutAfter(10'000);
  EXPECT_EQ(Small(), "hello");
  EXPECT_EQ(proxy_->cuts(), 0U);
  EXPECT_FALSE(Get("/big").ok());
  EXPECT_GE(proxy_->cuts(), 1U);
  proxy_->CutAfter(20);
  EXPECT_FALSE(Get("/small").ok());
  proxy_->Pass();
  EXPECT_EQ(Small(), "hello");
}

TEST_F(TcpProxyTest, ResetsWhoComesWhileTheServerIsAway) {
  server_->Stop(Duration(0));
  server_.reset();
  EXPECT_FALSE(Get("/small").ok());
}

}  // namespace
}  // namespace vang
