#include "libs/common/http.h"

#include "libs/base/status_matchers.h"

namespace vang::http {
namespace {

Router TestRouter() {
  Router router;
  router.Add("GET", "/v1/recordings/{id}", [](const Context&, Request& request) {
    return TextResponse(200, "text/plain", "one " + std::string(request.Param("id")));
  });
  router.Add("GET", "/v1/recordings",
             [](const Context&, Request&) { return TextResponse(200, "text/plain", "list"); });
  router.Add("DELETE", "/v1/recordings/{id}", [](const Context&, Request&) {
    return Response{204, {}, "", {}, {}};
  });
  router.Add("GET", "/files/{path...}", [](const Context&, Request& request) {
    return TextResponse(200, "text/plain", std::string(request.Param("path")));
  });
  return router;
}

Response Send(const std::string& method, const std::string& target) {
  Request request;
  request.method = method;
  EXPECT_THAT(ParseTarget(target, &request), IsOk());
  return TestRouter().Handle(Context(), request);
}

TEST(Router, FindsRoutesAndFillsParameters) {
  EXPECT_EQ(Send("GET", "/v1/recordings/a%20b").body, "one a b");
  EXPECT_EQ(Send("GET", "/v1/recordings").body, "list");
  EXPECT_EQ(Send("HEAD", "/v1/recordings").status, 200);
  EXPECT_EQ(Send("GET", "/files/a/b.js").body, "a/b.js");
}

TEST(Router, TellsWrongMethodsFromWrongPaths) {
  const Response wrong_method = Send("POST", "/v1/recordings/x");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.headers.Get("allow"), "GET, DELETE");
  EXPECT_EQ(Send("GET", "/v1/recording").status, 404);
  EXPECT_EQ(Send("GET", "/v1/recordings/").status, 404);
  EXPECT_EQ(Send("GET", "/v1/recordings/a/b").status, 404);
}

TEST(ParseTarget, DecodesThePathAndTheQuery) {
  Request request;
  VANG_ASSERT_OK(ParseTarget("/v1/search?q=ti%E1%BA%BFng+Vi%E1%BB%87t&limit=5&flag", &request));
  EXPECT_EQ(request.path, "/v1/search");
  EXPECT_EQ(request.Query("q"), "tiếng Việt");
  EXPECT_EQ(request.Query("limit"), "5");
  EXPECT_EQ(request.Query("flag"), "");
  EXPECT_EQ(request.Query("none"), std::nullopt);
}

TEST(ParseTarget, RefusesBadEncodings) {
  Request request;
  for (const char* target : {"", "v1", "/%", "/%zz", "/%00", "/?q=%FF", "/%C0%AF"}) {
    EXPECT_THAT(ParseTarget(target, &request), HasCode(Code::kInvalidArgument)) << target;
  }
}

TEST(Problem, CarriesCodeDetailPointerAndRequestId) {
  const Response response = Problem(InvalidArgument("/title must be a string"), "req-1");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/problem+json");
  const auto body = ParseJson(response.body);
  VANG_ASSERT_OK(body);
  EXPECT_EQ(body->at("code").as_string(), "invalid_request");
  EXPECT_EQ(body->at("request_id").as_string(), "req-1");
  EXPECT_EQ(body->at("errors").at(0).at("pointer").as_string(), "/title");
  EXPECT_EQ(body->at("errors").at(0).at("detail").as_string(), "must be a string");
}

TEST(Problem, BecomesTheSameStatusAgainAtTheClient) {
  for (Code code : {Code::kInvalidArgument, Code::kNotFound, Code::kFailedPrecondition,
                    Code::kResourceExhausted, Code::kUnavailable, Code::kUnauthenticated}) {
    EXPECT_EQ(StatusOfResponse(Problem(Status(code, "why"))), Status(code, "why"));
  }
}

TEST(Request, ReadsBodiesUpToTheLimit) {
  Request request;
  request.body = StringBody("12345");
  EXPECT_EQ(*request.ReadBody(Context(), 5), "12345");
  request.body = StringBody("12345");
  EXPECT_THAT(request.ReadBody(Context(), 4), HasCode(Code::kOutOfRange));
}

TEST(Headers, CompareWithoutCase) {
  Headers headers;
  headers.Add("X-Request-Id", "1");
  headers.Set("x-request-id", "2");
  EXPECT_EQ(headers.Get("X-REQUEST-ID"), "2");
  EXPECT_EQ(headers.all().size(), 1u);
}

}  // namespace
}  // namespace vang::http
