#include "libs/net/http_client.h"

#include <fcntl.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/net/http_server.h"

namespace vang::net {
namespace {

using ::testing::HasSubstr;

http::Request Make(std::string method, std::string path) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

// A body of `size` bytes that is never in memory; fails after `fail_after`.
class EndlessBody : public http::BodyReader {
 public:
  EndlessBody(std::uint64_t size, std::uint64_t fail_after) : left_(size), good_(fail_after) {}
  Result<std::size_t> Read(const Context&, char* buffer, std::size_t size) override {
    if (good_ == 0) return DataLoss("the disk is gone");
    const std::size_t n =
        std::min({size, static_cast<std::size_t>(left_), static_cast<std::size_t>(good_)});
    std::fill_n(buffer, n, 'x');
    left_ -= n;
    good_ -= n;
    return n;
  }

 private:
  std::uint64_t left_;
  std::uint64_t good_;
};

// Says three events, the next one when `allowed` is more than what it has `sent`.
http::PollStream ThreeEvents(std::atomic<int>* sent, const std::atomic<int>* allowed) {
  return {.poll = [sent, allowed]() -> http::PollStream::Chunk {
            if (*sent == *allowed) return {};
            ++*sent;
            return {.bytes = "event " + std::to_string(*sent) + ";", .done = *sent == 3};
          },
          .interval = std::chrono::milliseconds(5)};
}

class HttpClientTest : public ::testing::Test {
 protected:
  void Start(http::Handler handler) {
    auto server = HttpServer::Start({}, std::move(handler), &metrics_);
    VANG_ASSERT_OK(server);
    server_ = std::move(server).value();
    auto client = HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port()) + "/");
    VANG_ASSERT_OK(client);
    client_ = std::move(client).value();
  }

  Metrics metrics_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, CarriesMethodPathQueryHeadersAndBody) {
  std::string seen;
  Start([&](const Context& context, http::Request& request) {
    seen = request.method + " " + request.path + " " + request.Query("q & r").value_or("none") +
           " [" + std::string(request.headers.Get("X-A")) + "] [" +
           std::string(request.headers.Get("X-Empty")) + "] " +
           (request.headers.Has("X-Empty") ? "has " : "no ") + context.traceparent() + " " +
           request.ReadBody(context).value();
    http::Response response = http::TextResponse(201, "text/plain", "made");
    response.headers.Add("Location", "/v1/x");
    return response;
  });
  const std::string trace = NewTraceparent();
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE", "GET"}) {
    http::Request request = Make(method, "/a b/phở/%2e/../c");
    request.query = {{"q & r", "1=2&3"}};
    request.headers.Add("X-A", "giọng");
    request.headers.Add("X-Empty", "");
    request.headers.Add("Transfer-Encoding", "gzip");  // not the caller's to say
    request.body = http::StringBody("body");
    request.content_length = 4;
    const auto response = client_->Send(Context().WithTrace(trace), request);
    VANG_ASSERT_OK(response);
    EXPECT_EQ(seen, method + " /a b/phở/%2e/../c 1=2&3 [giọng] [] has " + trace + " body");
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->headers.Get("location"), "/v1/x");
    EXPECT_EQ(response->body, "made");
  }
}

TEST_F(HttpClientTest, SendsBodiesOfUnknownLengthInChunks) {
  Start([&](const Context& context, http::Request& request) {
    EXPECT_FALSE(request.content_length.has_value());
    return http::TextResponse(200, "text/plain",
                              std::to_string(request.ReadBody(context, 64 << 20).value().size()));
  });
  http::Request request = Make("POST", "/");
  request.body = std::make_shared<EndlessBody>(9'000'000, 1 << 30);
  EXPECT_EQ(client_->Send({}, request).value().body, "9000000");
}

TEST_F(HttpClientTest, SendsAPostWithoutABody) {
  Start([&](const Context&, http::Request& request) {
    EXPECT_EQ(request.content_length, 0u);
    EXPECT_FALSE(request.headers.Has("Content-Type"));
    return http::TextResponse(200, "text/plain", "ok");
  });
  http::Request request = Make("POST", "/");
  EXPECT_EQ(client_->Send({}, request).value().body, "ok");
}

TEST_F(HttpClientTest, ReadsHeadAnswersWithoutABody) {
  Start([](const Context&, http::Request&) {
    return http::TextResponse(200, "text/plain", std::string(1000, 'x'));
  });
  http::Request request = Make("HEAD", "/");
  const auto response = client_->Send({}, request);
  VANG_ASSERT_OK(response);
  EXPECT_EQ(response->headers.Get("Content-Length"), "1000");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  Start([](const Context&, http::Request&) { return http::TextResponse(200, "text/plain", "ok"); });
  for (int i = 0; i < 50; ++i) {
    http::Request request = Make(i % 2 == 0 ? "GET" : "POST", "/");
    VANG_ASSERT_OK(client_->Send({}, request));
  }
  EXPECT_THAT(metrics_.Expose(), HasSubstr("vang_http_connections 1"));
}

TEST_F(HttpClientTest, GivesErrorAnswersAsAnswers) {
  Start([](const Context&, http::Request&) { return http::Problem(NotFound("no such thing")); });
  http::Request request = Make("GET", "/");
  const auto response = client_->Send({}, request);
  VANG_ASSERT_OK(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_THAT(http::StatusOfResponse(*response), Fails(Code::kNotFound, "no such thing"));
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
  Start([](const Context&, http::Request& request) {
    http::Response response;
    response.status = request.path == "/" ? 302 : 200;
    response.headers.Set("Location", "/elsewhere");
    return response;
  });
  http::Request request = Make("GET", "/");
  EXPECT_EQ(client_->Send({}, request).value().status, 302);
}

TEST_F(HttpClientTest, HoldsNoMoreOfAnAnswerThanItsLimit) {
  Start([](const Context&, http::Request&) {
    return http::TextResponse(200, "text/plain", std::string(100'000, 'x'));
  });
  http::Request request = Make("GET", "/");
  EXPECT_THAT(client_->Send({}, request, 99'999), HasCode(Code::kOutOfRange));
  EXPECT_EQ(client_->Send({}, request, 100'000).value().body.size(), 100'000u);
}

TEST_F(HttpClientTest, KeepsTheDeadline) {
  std::latch may_end(1);
  Start([&](const Context&, http::Request&) {
    may_end.wait();
    return http::Response();
  });
  http::Request request = Make("GET", "/");
  EXPECT_THAT(client_->Send(Context().WithTimeout(std::chrono::milliseconds(50)), request),
              HasCode(Code::kDeadlineExceeded));
  may_end.count_down();
  server_.reset();  // its handler holds the latch
}

TEST_F(HttpClientTest, ComesBackWhenItIsStopped) {
  std::latch entered(1);
  std::latch may_end(1);
  Start([&](const Context&, http::Request&) {
    entered.count_down();
    may_end.wait();
    return http::Response();
  });
  std::stop_source stop;
  std::jthread stopper([&] {
    entered.wait();
    stop.request_stop();
  });
  http::Request request = Make("GET", "/");
  EXPECT_THAT(client_->Send(Context().WithStop(stop.get_token()), request),
              HasCode(Code::kCancelled));
  may_end.count_down();
  server_.reset();  // its handler holds the latch
}

TEST_F(HttpClientTest, SaysWhatBecameOfABodyThatCannotBeRead) {
  std::promise<Status> told;
  Start([&](const Context& context, http::Request& request) {
    told.set_value(request.ReadBody(context, 64 << 20).status());
    return http::Response();
  });
  http::Request request = Make("POST", "/");
  request.content_length = 1 << 20;
  request.body = std::make_shared<EndlessBody>(1 << 20, 200'000);
  EXPECT_THAT(client_->Send({}, request), Fails(Code::kDataLoss, "the disk is gone"));
  EXPECT_THAT(told.get_future().get(), HasCode(Code::kInvalidArgument));
  server_.reset();  // its handler holds the promise
}

TEST_F(HttpClientTest, HearsARefusalWithoutSendingALargeBody) {
  Start([](const Context&, http::Request&) { return http::Problem(413, InvalidArgument("no")); });
  http::Request request = Make("POST", "/");
  request.content_length = std::uint64_t{1} << 40;
  request.body = std::make_shared<EndlessBody>(std::uint64_t{1} << 40, std::uint64_t{1} << 40);
  const auto response = client_->Send({}, request);
  VANG_ASSERT_OK(response);
  EXPECT_EQ(response->status, 413);
}

TEST_F(HttpClientTest, HandsAStreamOverAsItComes) {
  std::atomic<int> allowed = 1;
  std::atomic<int> sent = 0;
  Start([&](const Context&, http::Request&) {
    http::Response response;
    response.stream = ThreeEvents(&sent, &allowed);
    return response;
  });
  // The next event is let out only when the last one has come.
  std::string got;
  http::Request request = Make("GET", "/");
  const auto response = client_->Stream({}, request, [&](std::string_view bytes) {
    got += bytes;
    ++allowed;
    return true;
  });
  VANG_ASSERT_OK(response);
  EXPECT_EQ(got, "event 1;event 2;event 3;");
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClientTest, EndsAStreamWhenTheSinkHasEnough) {
  Start([&](const Context&, http::Request&) {
    http::Response response;
    response.stream = http::PollStream{.poll =
                                           [] {
                                             return http::PollStream::Chunk{"x", false};
                                           },
                                       .interval = std::chrono::milliseconds(1)};
    return response;
  });
  http::Request request = Make("GET", "/");
  VANG_EXPECT_OK(client_->Stream({}, request, [](std::string_view) { return false; }));
}

TEST_F(HttpClientTest, KeepsTheBodyOfAnErrorFromTheSink) {
  Start([](const Context&, http::Request&) { return http::Problem(NotFound("gone")); });
  http::Request request = Make("GET", "/");
  const auto response = client_->Stream({}, request, [](std::string_view) {
    ADD_FAILURE() << "the sink was called";
    return true;
  });
  VANG_ASSERT_OK(response);
  EXPECT_THAT(response->body, HasSubstr("gone"));
}

// What stands between a client and a server, as the gateway does.
class HandedOnTest : public HttpClientTest {
 protected:
  void StartBoth(http::Handler handler) {
    Start(std::move(handler));
    upstream_ = std::move(client_);
    front_ = HttpServer::Start(
                 {},
                 [this](const Context& context, http::Request& request) {
                   auto response = upstream_->Open(context, request);
                   return response.ok() ? *std::move(response) : http::Problem(response.status());
                 },
                 nullptr)
                 .value();
    client_ = HttpClient::Create("http://127.0.0.1:" + std::to_string(front_->port())).value();
  }

  std::unique_ptr<HttpClient> upstream_;
  std::unique_ptr<HttpServer> front_;
};

TEST_F(HandedOnTest, ASmallAnswerIsWhole) {
  StartBoth([](const Context&, http::Request&) { return http::JsonResponse(201, "{}"); });
  http::Request request = Make("POST", "/");
  const auto response = client_->Send({}, request);
  VANG_ASSERT_OK(response);
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "{}");
}

TEST_F(HandedOnTest, ALargeAnswerKeepsItsLengthAndEveryByte) {
  std::string sent(5'000'000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 4096);
  StartBoth([&](const Context&, http::Request&) {
    return http::TextResponse(200, "application/octet-stream", sent);
  });
  for (int i = 0; i < 3; ++i) {
    http::Request request = Make("GET", "/");
    const auto response = client_->Send({}, request);
    VANG_ASSERT_OK(response);
    EXPECT_EQ(response->headers.Get("Content-Length"), "5000000");
    EXPECT_TRUE(response->body == sent);
  }
}

TEST_F(HandedOnTest, EventsComeAsTheyAreSaid) {
  std::atomic<int> allowed = 1;
  std::atomic<int> sent = 0;
  StartBoth([&](const Context&, http::Request&) {
    http::Response response;
    response.headers.Set("Content-Type", "text/event-stream");
    response.stream = ThreeEvents(&sent, &allowed);
    return response;
  });
  std::string got;
  http::Request request = Make("GET", "/");
  VANG_ASSERT_OK(client_->Stream({}, request, [&](std::string_view bytes) {
    got += bytes;
    ++allowed;
    return true;
  }));
  EXPECT_EQ(got, "event 1;event 2;event 3;");
}

TEST_F(HandedOnTest, HalfAnAnswerIsNotTakenForAWholeOne) {
  std::atomic<int> polls = 0;
  StartBoth([&](const Context&, http::Request&) {
    http::Response response;
    response.stream =
        http::PollStream{.poll = [&]() -> http::PollStream::Chunk {
                           return {.bytes = std::string(100'000, 'x'), .failed = ++polls > 9};
                         },
                         .interval = std::chrono::milliseconds(1),
                         .length = 2'000'000};
    return response;
  });
  http::Request request = Make("GET", "/");
  EXPECT_THAT(client_->Send({}, request), HasCode(Code::kUnavailable));
  EXPECT_EQ(polls, 10);
}

TEST_F(HttpClientTest, SaysThatNobodyListens) {
  Start([](const Context&, http::Request&) { return http::Response(); });
  server_->Stop(Duration(0));
  http::Request request = Make("GET", "/");
  EXPECT_THAT(client_->Send({}, request), HasCode(Code::kUnavailable));
}

TEST_F(HttpClientTest, DoesNotTakeHalfAnAnswerForOne) {
  TempFolder folder;
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "f", "half"));
  Start([&](const Context&, http::Request&) {
    http::Response response;
    response.file = http::FileRange{.file = std::make_shared<FileDescriptor>(::open(
                                        (folder.path() / "f").c_str(), O_RDONLY | O_CLOEXEC)),
                                    .offset = 0,
                                    .length = 8};
    return response;
  });
  http::Request request = Make("GET", "/");
  EXPECT_THAT(client_->Send({}, request), HasCode(Code::kUnavailable));
}

TEST_F(HttpClientTest, RefusesHeadersThatWouldSplitTheRequest) {
  Start([](const Context&, http::Request&) { return http::Response(); });
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"X", "a\r\nY: b"},
                                    {"X\r\nY", "a"},
                                    {"X", std::string("a\0b", 3)}}) {
    http::Request request = Make("GET", "/");
    request.headers.Add(name, value);
    EXPECT_THAT(client_->Send({}, request), HasCode(Code::kInvalidArgument));
  }
}

TEST(HttpClient, TakesOnlyHttpUrls) {
  for (const char* url :
       {"", "vang", "ftp://vang", "file:///etc/passwd", "http://", "http://a b",
        "http://user:secret@vang", "http://vang/?q=1", "http://vang/#a", "http://vang:99999"}) {
    EXPECT_THAT(HttpClient::Create(url), HasCode(Code::kInvalidArgument)) << url;
  }
  for (const char* url : {"http://vang", "https://vang:8443/base/", "http://[::1]:8000"}) {
    VANG_EXPECT_OK(HttpClient::Create(url));
  }
}

}  // namespace
}  // namespace vang::net
