#include "libs/net/request_parser.h"

#include "libs/base/status_matchers.h"
#include "libs/net/body_decoder.h"
#include "libs/net/malformed_requests.h"
#include "libs/net/response_head.h"

namespace vang::net {
namespace {

using State = RequestParser::State;

constexpr std::size_t kLimit = 32 << 10;

RequestHead Parsed(std::string_view bytes) {
  RequestParser parser(kLimit);
  EXPECT_EQ(parser.Feed(&bytes), State::kDone) << parser.refusal().status.ToString();
  return parser.head();
}

TEST(RequestParser, RefusesEveryCaseOfTheCorpusWhicheverWayItsBytesCome) {
  for (const MalformedRequest& bad : MalformedRequests()) {
    for (const std::size_t step : {bad.bytes.size(), std::size_t{1}, std::size_t{7}}) {
      RequestParser parser(kLimit);
      State state = State::kNeedsMore;
      for (std::size_t i = 0; i < bad.bytes.size() && state == State::kNeedsMore; i += step) {
        std::string_view piece = std::string_view(bad.bytes).substr(i, step);
        state = parser.Feed(&piece);
      }
      EXPECT_EQ(state, State::kRefused) << bad.name;
      EXPECT_EQ(parser.refusal().http_status, bad.status) << bad.name;
      EXPECT_FALSE(parser.refusal().status.message().empty()) << bad.name;
    }
  }
}

TEST(RequestParser, ReadsWhatARequestSays) {
  const RequestHead head = Parsed(
      "POST /v1/recordings/a%20b?q=ph%E1%BB%9F+b%C3%B2&q=2&flag HTTP/1.1\r\n"
      "Host: vang.example:8000\r\nX-Empty:\r\nx-spaced: \t a  b \t\r\nContent-Length: 12\r\n\r\n");
  EXPECT_EQ(head.request.method, "POST");
  EXPECT_EQ(head.request.path, "/v1/recordings/a b");
  EXPECT_EQ(head.request.Query("q"), "phở bò");
  EXPECT_EQ(head.request.Query("flag"), "");
  EXPECT_EQ(head.request.headers.Get("X-Spaced"), "a  b");
  EXPECT_TRUE(head.request.headers.Has("x-empty"));
  EXPECT_EQ(head.request.content_length, 12u);
  EXPECT_TRUE(head.has_body());
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
}

TEST(RequestParser, LeavesWhatComesAfterTheHead) {
  std::string_view bytes = "GET / HTTP/1.1\r\nHost: v\r\n\r\nnext";
  RequestParser parser(kLimit);
  EXPECT_EQ(parser.Feed(&bytes), State::kDone);
  EXPECT_EQ(bytes, "next");
}

TEST(RequestParser, IgnoresOneEmptyLineFirst) {
  EXPECT_EQ(Parsed("\r\nGET /a HTTP/1.1\r\nHost: v\r\n\r\n").request.path, "/a");
}

TEST(RequestParser, KnowsWhetherTheConnectionLastsAndTheClientWaits) {
  const std::string host = "Host: v\r\n";
  EXPECT_FALSE(Parsed("GET / HTTP/1.1\r\n" + host + "Connection: x, Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(Parsed("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(Parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  const std::string expect = "Expect: 100-Continue\r\n";
  EXPECT_TRUE(
      Parsed("POST / HTTP/1.1\r\n" + host + expect + "Content-Length: 1\r\n\r\n").expects_continue);
  EXPECT_FALSE(
      Parsed("POST / HTTP/1.1\r\n" + host + expect + "Content-Length: 0\r\n\r\n").expects_continue);
  EXPECT_FALSE(
      Parsed("POST / HTTP/1.0\r\n" + expect + "Content-Length: 1\r\n\r\n").expects_continue);
}

TEST(RequestParser, TakesAHeadOfJustTheLimitAndNotAByteMore) {
  const std::string head = "GET / HTTP/1.1\r\nHost: v\r\nX: aaaa\r\n\r\n";
  for (const auto& [limit, want] :
       {std::pair{head.size(), State::kDone}, std::pair{head.size() - 1, State::kRefused}}) {
    std::string_view bytes = head;
    RequestParser parser(limit);
    EXPECT_EQ(parser.Feed(&bytes), want);
  }
}

// All content of a chunked body, fed `step` bytes at a time.
Result<std::string> Decode(const std::string& bytes, std::size_t step, bool* done) {
  RequestHead head;
  head.chunked = true;
  BodyDecoder decoder(head);
  std::string content;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    std::string_view piece = std::string_view(bytes).substr(i, step);
    while (!piece.empty() && !decoder.done()) {
      VANG_ASSIGN_OR_RETURN(const std::string_view got, decoder.Take(&piece));
      content.append(got);
    }
  }
  *done = decoder.done();
  return content;
}

TEST(BodyDecoder, ReadsChunksWithExtensionsAndTrailers) {
  const std::string body =
      "3\r\nabc\r\n00A;name=\"v\"\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    bool done = false;
    const auto content = Decode(body, step, &done);
    VANG_ASSERT_OK(content);
    EXPECT_EQ(*content, "abc0123456789") << step;
    EXPECT_TRUE(done) << step;
  }
}

TEST(BodyDecoder, RefusesMalformedChunksWhicheverWayTheyCome) {
  for (const MalformedRequest& bad : MalformedChunks()) {
    for (const std::size_t step : {bad.bytes.size(), std::size_t{1}}) {
      bool done = false;
      EXPECT_THAT(Decode(bad.bytes, step, &done), HasCode(Code::kInvalidArgument)) << bad.name;
    }
  }
}

TEST(BodyDecoder, StopsAtTheEndOfItsBody) {
  RequestHead head;
  head.request.content_length = 5;
  BodyDecoder decoder(head);
  std::string_view bytes = "abcdefgh";
  EXPECT_EQ(decoder.Take(&bytes).value(), "abcde");
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(bytes, "fgh");
}

TEST(ResponseHead, WritesDatesAsHttpHasThem) {
  EXPECT_EQ(FormatHttpDate(784'111'777'000), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(ResponseHead, SaysNoLengthWhereThereIsNoBody) {
  http::Response response;
  response.status = 204;
  EXPECT_EQ(FormatResponseHead(response, {}, 0).find("Content-Length"), std::string::npos);
  response.status = 304;
  EXPECT_EQ(FormatResponseHead(response, {}, 0).find("Content-Length"), std::string::npos);
}

TEST(ResponseHead, DoesNotChunkForHttp10) {
  http::Response response;
  response.stream = http::PollStream{};
  EXPECT_NE(FormatResponseHead(response, {}, 0).find("chunked"), std::string::npos);
  EXPECT_EQ(FormatResponseHead(response, {.http_1_0 = true}, 0).find("chunked"), std::string::npos);
}

}  // namespace
}  // namespace vang::net
