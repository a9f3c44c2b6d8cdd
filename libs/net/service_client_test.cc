// Callers and services on real sockets.
#include "libs/net/service_client.h"

#include <atomic>
#include <future>

#include "libs/base/status_matchers.h"
#include "libs/net/http_client.h"
#include "libs/net/http_server.h"
#include "libs/net/service_handler.h"

namespace vang::net {
namespace {

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";

// A service with one route, `/who`, that tells what it was told.
class Service {
 public:
  explicit Service(http::Handler handler, std::uint16_t port = 0) {
    for (const char* method : {"GET", "POST"}) router_.Add(method, "/who", handler);
    HttpServerConfig config;
    config.port = port;
    config.handler_threads = 4;
    server_ =
        HttpServer::Start(config,
                          MakeServiceHandler(
                              {.service = "metadata",
                               .handler =
                                   [this](const Context& context, http::Request& request) {
                                     return router_.Handle(context, request);
                                   },
                               .secret = kSecret,
                               .health =
                                   [](const Context&) {
                                     return std::vector<Health>{{"metadata", false, "no database"}};
                                   },
                               .metrics = nullptr}),
                          nullptr)
            .value();
  }
  std::uint16_t port() const { return server_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  void Stop() { server_->Stop(Duration(0)); }

 private:
  http::Router router_;
  std::unique_ptr<HttpServer> server_;
};

http::Handler Say(std::string text, std::atomic<int>* calls = nullptr) {
  return [text, calls](const Context&, http::Request&) {
    if (calls != nullptr) ++*calls;
    return http::TextResponse(200, "text/plain", text);
  };
}

std::unique_ptr<Upstream> ClientOf(std::vector<std::string> urls, std::string secret = kSecret) {
  return MakeServiceClient(
             {.service = "metadata", .urls = std::move(urls), .secret = std::move(secret)})
      .value();
}

http::Request Ask(const std::string& method = "GET") {
  http::Request request;
  request.method = method;
  request.path = "/who";
  return request;
}

// The body of the answer, or what went wrong.
std::string AskFor(Upstream& client, const std::string& method = "GET") {
  http::Request request = Ask(method);
  const auto response = client.Send({}, request);
  return response.ok() ? response->body : response.status().ToString();
}

TEST(ServiceClient, CarriesWhoAsksAndHowMuchTimeIsLeft) {
  http::Request seen;
  Context inside;
  Service service([&](const Context& context, http::Request& request) {
    seen = request;
    inside = context;
    return http::Response();
  });
  const auto client = ClientOf({service.url()});
  http::Request request = Ask();
  request.tenant = "toa-soan";
  request.key_id = "k1";
  request.scopes = {"read", "write"};
  request.request_id = "r1";
  request.peer = "192.0.2.7";
  request.headers.Set("X-Vang-Tenant", "a lie");
  const Context context = Context().WithTimeout(Duration(30'000)).WithTrace(NewTraceparent());
  VANG_ASSERT_OK(client->Send(context, request));
  EXPECT_EQ(seen.tenant, "toa-soan");
  EXPECT_EQ(seen.key_id, "k1");
  EXPECT_EQ(seen.scopes, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(seen.request_id, "r1");
  EXPECT_EQ(seen.peer, "192.0.2.7");
  EXPECT_FALSE(seen.headers.Has("Authorization"));
  EXPECT_FALSE(seen.headers.Has("X-Vang-Tenant"));
  EXPECT_EQ(inside.traceparent(), context.traceparent());
  ASSERT_TRUE(inside.deadline());
  EXPECT_LE(inside.Remaining(Duration(60'000)), Duration(30'000));
}

TEST(ServiceClient, NothingIsAnsweredWithoutTheSecretButTheProbes) {
  std::atomic<int> calls = 0;
  Service service(Say("metadata", &calls));
  for (const char* secret : {"", "0123456789abcdef0123456789abcdeX"}) {
    const auto client = ClientOf({service.url()}, secret);
    http::Request request = Ask();
    const auto response = client->Send({}, request);
    VANG_ASSERT_OK(response);
    EXPECT_EQ(response->status, 401);
  }
  EXPECT_EQ(calls, 0);
  const auto anybody = HttpClient::Create(service.url()).value();
  for (const auto& [path, status] :
       {std::pair{"/livez", 200}, std::pair{"/readyz", 503}, std::pair{"/metrics", 200}}) {
    http::Request request = Ask();
    request.path = path;
    const auto response = anybody->Send({}, request);
    VANG_ASSERT_OK(response);
    EXPECT_EQ(response->status, status) << path;
  }
}

TEST(ServiceClient, AnInstanceThatIsGoneIsNotMissed) {
  Service first(Say("first"));
  Service second(Say("second"));
  const auto client = ClientOf({first.url(), second.url()});
  first.Stop();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(AskFor(*client), "second");
  // A POST that nobody can have seen may go to another instance too.
  for (int i = 0; i < 5; ++i) {
    http::Request request = Ask("POST");
    request.content_length = 2;
    request.body = http::StringBody("{}");
    const auto response = client->Send({}, request);
    VANG_ASSERT_OK(response);
    EXPECT_EQ(response->body, "second");
  }
}

TEST(ServiceClient, AnInstanceThatComesBackIsUsedAgain) {
  auto service = std::make_unique<Service>(Say("before"));
  const std::uint16_t port = service->port();
  const auto client = ClientOf({service->url()});
  EXPECT_EQ(AskFor(*client), "before");
  service.reset();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(AskFor(*client), testing::HasSubstr("metadata"));
  Service again(Say("after"), port);
  std::string answer;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (answer != "after" && std::chrono::steady_clock::now() < until) {
    answer = AskFor(*client);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(answer, "after");
}

TEST(ServiceClient, ABusyInstanceGetsLess) {
  std::promise<void> let_go;
  const auto held = let_go.get_future().share();
  std::atomic<int> waiting = 0;
  Service slow([&](const Context&, http::Request&) {
    ++waiting;
    held.wait();
    return http::TextResponse(200, "text/plain", "slow");
  });
  Service quick(Say("quick"));
  const auto client = ClientOf({slow.url(), quick.url()});
  std::vector<std::future<std::string>> first;
  while (waiting == 0) {
    first.push_back(std::async(std::launch::async, [&] { return AskFor(*client); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(AskFor(*client), "quick");
  EXPECT_EQ(waiting, 1);
  let_go.set_value();
}

TEST(ServiceClient, WhatAnInstanceMayHaveDoneIsNotDoneTwice) {
  std::atomic<int> calls = 0;
  const auto half = [&](const Context& context, http::Request& request) {
    (void)request.ReadBody(context);
    ++calls;
    // An answer that breaks off.
    http::Response response;
    response.stream = http::PollStream{
        .poll = [] { return http::PollStream::Chunk{.bytes = "x", .failed = true}; },
        .interval = std::chrono::milliseconds(1),
        .length = 10};
    return response;
  };
  Service first(half);
  Service second(half);
  const auto client = ClientOf({first.url(), second.url()});
  http::Request request = Ask("POST");
  request.content_length = 2;
  request.body = http::StringBody("{}");
  EXPECT_THAT(client->Send({}, request), HasCode(Code::kUnavailable));
  EXPECT_EQ(calls, 1);
  http::Request question = Ask();
  EXPECT_THAT(client->Send({}, question), HasCode(Code::kUnavailable));
  EXPECT_EQ(calls, 3);
}

TEST(ServiceClient, AnOutageIsNotAnsweredWithAFlood) {
  std::atomic<int> calls = 0;
  Service service([&](const Context&, http::Request&) {
    ++calls;
    return http::Problem(Unavailable("no database"));
  });
  const auto client = ClientOf({service.url()});
  for (int i = 0; i < 200; ++i) AskFor(*client);
  EXPECT_GE(calls, 200);
  EXPECT_LE(calls, 200 + 10 + 40);
}

TEST(ServiceClient, WantsAddresses) {
  EXPECT_THAT(MakeServiceClient({"metadata", {}, kSecret}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(MakeServiceClient({"metadata", {"metadata:8002"}, kSecret}),
              HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang::net
