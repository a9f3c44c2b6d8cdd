#include "libs/net/http_server.h"

#include <fcntl.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/net/malformed_requests.h"
#include "libs/net/raw_client_for_test.h"

namespace vang::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(http::Handler handler) {
    auto server = HttpServer::Start(config_, std::move(handler), &metrics_);
    VANG_ASSERT_OK(server);
    server_ = std::move(server).value();
  }

  // Answers with the method, the path and the body.
  void StartEcho() {
    Start([this](const Context& context, http::Request& request) {
      ++handled_;
      const auto body = request.ReadBody(context, 64 << 20);
      if (!body.ok()) {
        last_error_.set_value(body.status());
        return http::Problem(body.status());
      }
      return http::TextResponse(200, "text/plain",
                                request.method + " " + request.path + " " + *body);
    });
  }

  RawClient Connect() { return RawClient(server_->port()); }

  HttpServerConfig config_;
  Metrics metrics_;
  std::atomic<int> handled_ = 0;
  std::promise<Status> last_error_;
  std::unique_ptr<HttpServer> server_;
};

std::string Get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: v\r\n\r\n"; }

std::string Chunked(const std::string& chunks) {
  return "POST /c HTTP/1.1\r\nHost: v\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

std::string Sized(std::size_t length, const std::string& body, const std::string& more = "") {
  return "POST /s HTTP/1.1\r\nHost: v\r\n" + more + "Content-Length: " + std::to_string(length) +
         "\r\n\r\n" + body;
}

TEST_F(HttpServerTest, KeepsTheConnectionForTheNextRequest) {
  StartEcho();
  RawClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    client.Send(Get("/a"));
    const std::string response = client.ReadResponse();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, HasSubstr("\r\nDate: "));
    EXPECT_THAT(response, HasSubstr("\r\n\r\nGET /a "));
  }
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsksForIt) {
  StartEcho();
  for (const std::string head :
       {"GET /a HTTP/1.1\r\nHost: v\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\n\r\n"}) {
    RawClient client = Connect();
    client.Send(head);
    bool closed = false;
    EXPECT_THAT(client.ReadToEnd(&closed), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(closed);
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInTheirOrder) {
  StartEcho();
  RawClient client = Connect();
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += i % 3 == 0 ? Sized(3, "abc") : i % 3 == 1 ? Chunked("2\r\nhi\r\n0\r\n\r\n") : Get("/p");
  }
  client.Send(all);
  for (int i = 0; i < 20; ++i) {
    const char* want = i % 3 == 0 ? "POST /s abc" : i % 3 == 1 ? "POST /c hi" : "GET /p ";
    EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith(want)) << i;
  }
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAndNoBody) {
  StartEcho();
  RawClient client = Connect();
  client.Send("HEAD /a HTTP/1.1\r\nHost: v\r\n\r\n" + Get("/b"));
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, RefusesEveryMalformedRequestAndCloses) {
  StartEcho();
  const auto corpus = MalformedRequests();
  ASSERT_GE(corpus.size(), 100u);
  for (const MalformedRequest& bad : corpus) {
    RawClient client = Connect();
    client.Send(bad.bytes);
    bool closed = false;
    const std::string response = client.ReadToEnd(&closed);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 " + std::to_string(bad.status) + " ")) << bad.name;
    EXPECT_THAT(response, HasSubstr("application/problem+json")) << bad.name;
    EXPECT_THAT(response, HasSubstr("\r\nConnection: close\r\n")) << bad.name;
    EXPECT_EQ(response.find("}HTTP/1.1"), std::string::npos) << bad.name;
    EXPECT_TRUE(closed) << bad.name;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesAHeadThatEndsInTheMiddle) {
  StartEcho();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nHo");
  client.EndSending();
  bool closed = false;
  EXPECT_THAT(client.ReadToEnd(&closed), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesMalformedChunksAndTellsTheReader) {
  for (const MalformedRequest& bad : MalformedChunks()) {
    last_error_ = {};
    StartEcho();
    RawClient client = Connect();
    client.Send(Chunked(bad.bytes + Get("/smuggled")));
    bool closed = false;
    const std::string response = client.ReadToEnd(&closed);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 400 ")) << bad.name;
    EXPECT_EQ(response.find("}HTTP/1.1"), std::string::npos) << bad.name;
    EXPECT_TRUE(closed) << bad.name;
    EXPECT_THAT(last_error_.get_future().get(), HasCode(Code::kInvalidArgument)) << bad.name;
  }
}

TEST_F(HttpServerTest, GivesTheReaderAnErrorForABodyShorterThanItsLength) {
  StartEcho();
  RawClient client = Connect();
  client.Send(Sized(10, "abc"));
  client.EndSending();
  bool closed = false;
  EXPECT_THAT(client.ReadToEnd(&closed), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(last_error_.get_future().get(), Fails(Code::kInvalidArgument, "after 3 bytes"));
}

TEST_F(HttpServerTest, DoesNotTakeABodyLongerThanItsLengthForARequest) {
  StartEcho();
  RawClient client = Connect();
  client.Send(Sized(3, "abcdef\r\n\r\n"));
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("POST /s abc"));
  bool closed = false;
  EXPECT_THAT(client.ReadToEnd(&closed), StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(closed);
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, CutsOffASlowHead) {
  config_.header_timeout = Duration(100);
  StartEcho();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n");
  bool closed = false;
  EXPECT_THAT(client.ReadToEnd(&closed), StartsWith("HTTP/1.1 408 "));
  EXPECT_TRUE(closed);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, CutsOffAHeadThatComesByteByByte) {
  config_.header_timeout = Duration(200);
  StartEcho();
  RawClient client = Connect();
  std::jthread drip([&](std::stop_token stop) {
    while (!stop.stop_requested() && client.Send("G")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, CutsOffASlowBody) {
  config_.body_window = Duration(100);
  config_.body_bytes_per_window = 1000;
  StartEcho();
  RawClient client = Connect();
  client.Send(Sized(1'000'000, "abc"));
  std::jthread drip([&](std::stop_token stop) {
    while (!stop.stop_requested() && client.Send("slow")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(last_error_.get_future().get(), Fails(Code::kInvalidArgument, "too slowly"));
}

TEST_F(HttpServerTest, ClosesAnIdleConnection) {
  config_.idle_timeout = Duration(50);
  StartEcho();
  RawClient client = Connect();
  bool closed = false;
  EXPECT_EQ(client.ReadToEnd(&closed), "");
  EXPECT_TRUE(closed);
}

TEST_F(HttpServerTest, AsksForTheBodyWhenItIsFirstRead) {
  std::latch may_read(1);
  Start([&](const Context& context, http::Request& request) {
    may_read.wait();
    return http::TextResponse(200, "text/plain", request.ReadBody(context).value());
  });
  RawClient client = Connect();
  client.Send(Sized(3, "", "Expect: 100-continue\r\n"));
  may_read.count_down();
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("\r\n\r\nabc"));
}

TEST_F(HttpServerTest, DoesNotAskForABodyThatNobodyReads) {
  Start([](const Context&, http::Request&) { return http::Problem(413, InvalidArgument("no")); });
  RawClient client = Connect();
  client.Send(Sized(1 << 30, "", "Expect: 100-continue\r\n"));
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ReadsPastASmallBodyThatTheHandlerLeft) {
  Start([](const Context&, http::Request&) { return http::TextResponse(200, "text/plain", "ok"); });
  RawClient client = Connect();
  client.Send(Sized(200'000, std::string(200'000, 'x')) + Get("/next"));
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("ok"));
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("ok"));
}

TEST_F(HttpServerTest, ClosesWhenALargeBodyIsLeft) {
  Start([](const Context&, http::Request&) { return http::Problem(413, InvalidArgument("no")); });
  RawClient client = Connect();
  client.Send(Sized(std::size_t{1} << 30, std::string(1 << 20, 'x')));
  bool closed = false;
  EXPECT_THAT(client.ReadToEnd(&closed), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("close")));
  EXPECT_TRUE(closed);
}

TEST_F(HttpServerTest, StopsReadingFromTheSocketWhileNobodyReadsTheBody) {
  std::latch may_read(1);
  Start([&](const Context& context, http::Request& request) {
    may_read.wait();
    return http::TextResponse(200, "text/plain",
                              std::to_string(request.ReadBody(context, 64 << 20).value().size()));
  });
  RawClient client = Connect();
  const std::string body(32 << 20, 'x');
  std::atomic<bool> sent = false;
  std::jthread sender([&] {
    client.Send(Sized(body.size(), body));
    sent = true;
  });
  // More than sockets hold by themselves, so the sender cannot be done before the handler reads.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_FALSE(sent);
  may_read.count_down();
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith(std::to_string(body.size())));
}

TEST_F(HttpServerTest, SendsARangeOfAFile) {
  TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += static_cast<char>('a' + i % 23);
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "f", bytes));
  Start([&](const Context&, http::Request& request) {
    auto file = std::make_shared<FileDescriptor>(
        ::open((folder.path() / "f").c_str(), O_RDONLY | O_CLOEXEC));
    http::Response response;
    response.status = 206;
    const std::uint64_t length = request.path == "/beyond" ? 2'000'000 : 700'000;
    response.file = http::FileRange{.file = file, .offset = 1234, .length = length};
    return response;
  });
  RawClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send(Get("/f"));
    EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("Content-Length: 700000\r\n"));
    EXPECT_TRUE(client.ReadBytes(700'000) == bytes.substr(1234, 700'000));
  }
  client.Send("HEAD /f HTTP/1.1\r\nHost: v\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("Content-Length: 700000\r\n"));
  // A file shorter than promised cannot be answered whole: the client must see that.
  client.Send(Get("/beyond"));
  bool closed = false;
  EXPECT_LT(client.ReadToEnd(&closed).size(), 2'000'000u);
  EXPECT_TRUE(closed);
}

TEST_F(HttpServerTest, DeliversEventsAsTheyCome) {
  std::atomic<int> allowed = 0;
  std::atomic<int> sent = 0;
  Start([&](const Context&, http::Request&) {
    http::Response response;
    response.headers.Set("Content-Type", "text/event-stream");
    response.stream = http::PollStream{.poll = [&]() -> http::PollStream::Chunk {
                                         if (sent == allowed) return {};
                                         ++sent;
                                         return {.bytes = "data: " + std::to_string(sent) + "\n\n",
                                                 .done = sent == 3};
                                       },
                                       .interval = std::chrono::milliseconds(5)};
    return response;
  });
  RawClient client = Connect();
  client.Send(Get("/events"));
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  for (int i = 1; i <= 3; ++i) {
    allowed = i;
    EXPECT_EQ(client.ReadUntil("\n\n\r\n"), "9\r\ndata: " + std::to_string(i) + "\n\n\r\n");
  }
  EXPECT_EQ(client.ReadUntil("0\r\n\r\n"), "0\r\n\r\n");
  // And the connection lives on.
  allowed = 4;
  client.Send("HEAD /events HTTP/1.1\r\nHost: v\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, EndsAStreamWhenTheClientGoes) {
  auto alive = std::make_shared<int>(0);
  std::weak_ptr<int> watch = alive;
  Start([&](const Context&, http::Request&) {
    http::Response response;
    response.stream =
        http::PollStream{.poll = [held = watch.lock()]() -> http::PollStream::Chunk { return {}; },
                         .interval = std::chrono::milliseconds(5)};
    return response;
  });
  RawClient client = Connect();
  client.Send(Get("/events"));
  client.ReadUntil("\r\n\r\n");
  alive.reset();
  EXPECT_FALSE(watch.expired());
  client.Close();
  for (int i = 0; i < 2000 && !watch.expired(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(watch.expired());
}

TEST_F(HttpServerTest, KeepsNoHandlerThreadForAnOpenStream) {
  config_.handler_threads = 1;
  Start([&](const Context&, http::Request& request) {
    if (request.path != "/events") return http::TextResponse(200, "text/plain", "ok");
    http::Response response;
    response.stream = http::PollStream{.poll = [] { return http::PollStream::Chunk{}; }};
    return response;
  });
  std::vector<std::unique_ptr<RawClient>> streams;
  for (int i = 0; i < 20; ++i) {
    streams.push_back(std::make_unique<RawClient>(server_->port()));
    streams.back()->Send(Get("/events"));
    EXPECT_THAT(streams.back()->ReadUntil("\r\n\r\n"), HasSubstr("chunked"));
  }
  RawClient client = Connect();
  client.Send(Get("/"));
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("ok"));
}

TEST_F(HttpServerTest, TurnsAwayConnectionsOverTheLimit) {
  config_.max_connections = 2;
  StartEcho();
  RawClient first = Connect();
  RawClient second = Connect();
  first.Send(Get("/"));
  first.ReadResponse();
  second.Send(Get("/"));
  second.ReadResponse();
  RawClient third = Connect();
  bool closed = false;
  EXPECT_THAT(third.ReadToEnd(&closed),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: ")));
  EXPECT_TRUE(closed);
  first.Send(Get("/"));
  EXPECT_THAT(first.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, ServesBesideIdleConnections) {
  config_.max_connections = 400;
  StartEcho();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 300; ++i) {
    idle.push_back(std::make_unique<RawClient>(server_->port()));
    ASSERT_TRUE(idle.back()->connected());
  }
  RawClient client = Connect();
  client.Send(Get("/"));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
  idle.front()->Send(Get("/"));
  EXPECT_THAT(idle.front()->ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, SaysSoWhenTooManyRequestsWait) {
  config_.handler_threads = 1;
  std::latch may_end(1);
  Start([&](const Context&, http::Request&) {
    ++handled_;
    may_end.wait();
    return http::TextResponse(200, "text/plain", "ok");
  });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<RawClient>(server_->port()));
    clients.back()->Send(Get("/"));
    while (handled_ == 0) std::this_thread::yield();
  }
  // 16 wait in the queue, one runs; the first that is not served is told so while they wait.
  EXPECT_THAT(clients.back()->ReadResponse(),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: ")));
  may_end.count_down();
  EXPECT_THAT(clients.front()->ReadResponse(), StartsWith("HTTP/1.1 200"));
  server_.reset();  // handlers that still wait hold the latch
}

TEST_F(HttpServerTest, LetsARequestUnderWayEndWhenStopped) {
  std::latch entered(1);
  std::latch may_end(1);
  Start([&](const Context& context, http::Request&) {
    entered.count_down();
    may_end.wait();
    return http::TextResponse(200, "text/plain", context.Check().ok() ? "whole" : "stopped");
  });
  RawClient client = Connect();
  RawClient idle = Connect();
  client.Send(Get("/"));
  entered.wait();
  std::jthread stopper([&] { server_->Stop(Duration(60'000)); });
  bool closed = false;
  EXPECT_EQ(idle.ReadToEnd(&closed), "");  // the server has begun to stop
  EXPECT_TRUE(closed);
  may_end.count_down();
  EXPECT_THAT(client.ReadToEnd(&closed), ::testing::EndsWith("whole"));
  EXPECT_TRUE(closed);
  stopper.join();
  EXPECT_FALSE(RawClient(server_->port()).connected());
}

TEST_F(HttpServerTest, StopsTheContextOfARequestThatOutlastsTheDrain) {
  StartEcho();
  RawClient client = Connect();
  client.Send(Sized(1000, "abc"));
  while (handled_ == 0) std::this_thread::yield();
  server_->Stop(Duration(20));
  EXPECT_THAT(last_error_.get_future().get(), HasCode(Code::kCancelled));
}

TEST_F(HttpServerTest, AnswersForAHandlerThatThrows) {
  Start([](const Context&, http::Request&) -> http::Response {
    throw std::runtime_error("secret detail");
  });
  RawClient client = Connect();
  client.Send(Get("/"));
  const std::string response = client.ReadResponse();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(response, Not(HasSubstr("secret")));
}

TEST_F(HttpServerTest, KeepsAHandlersHeadersFromSplittingTheAnswer) {
  Start([](const Context&, http::Request&) {
    http::Response response = http::TextResponse(200, "text/plain", "ok");
    response.headers.Add("X-Title", "a\r\nSet-Cookie: b");
    response.headers.Add("Bad\r\nName", "c");
    response.headers.Add("Content-Length", "99");
    return response;
  });
  RawClient client = Connect();
  client.Send(Get("/"));
  const std::string response = client.ReadResponse();
  EXPECT_THAT(response, HasSubstr("X-Title: a  Set-Cookie: b\r\n"));
  EXPECT_THAT(response, Not(HasSubstr("Name")));
  EXPECT_THAT(response, ::testing::EndsWith("Content-Length: 2\r\n\r\nok"));
}

TEST_F(HttpServerTest, CutsOffAClientThatTakesNothing) {
  config_.write_timeout = Duration(100);
  std::atomic<bool> asked = false;
  Start([&](const Context&, http::Request&) {
    asked = true;
    return http::TextResponse(200, "text/plain", std::string(64 << 20, 'x'));
  });
  RawClient client(server_->port(), 4096);
  client.Send(Get("/"));
  // Once it is cut off, the rest never comes.
  while (metrics_.Expose().find("vang_http_connections 0") == std::string::npos || !asked) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  bool closed = false;
  EXPECT_LT(client.ReadToEnd(&closed).size(), std::size_t{64} << 20);
}

TEST_F(HttpServerTest, TakesUtf8ThatNobodyEscaped) {
  Start([](const Context&, http::Request& request) {
    return http::TextResponse(200, "text/plain", request.Query("q").value_or(""));
  });
  RawClient client = Connect();
  client.Send(Get("/?q=phở"));
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("phở"));
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const http::Handler handler = [](const Context&, http::Request&) { return http::Response(); };
  auto first = HttpServer::Start({}, handler, nullptr);
  VANG_ASSERT_OK(first);
  HttpServerConfig config;
  config.port = (*first)->port();
  EXPECT_THAT(HttpServer::Start(config, handler, nullptr), HasCode(Code::kAlreadyExists));
  config.address = "not an address";
  EXPECT_THAT(HttpServer::Start(config, handler, nullptr), HasCode(Code::kInvalidArgument));
  config.address = "192.0.2.1";
  EXPECT_THAT(HttpServer::Start(config, handler, nullptr), HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang::net
