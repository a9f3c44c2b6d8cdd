// The gateway's module; the services behind it are played by classes that remember what came.
#include <gtest/gtest.h>

#include <functional>

#include "libs/base/manual_clock.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/common/schema.h"
#include "services/api-gateway/module.h"

namespace vang {
namespace {

const std::string kReader = "vang_" + std::string(64, 'a');
const std::string kAdmin = "vang_" + std::string(64, 'b');
const std::string kRevoked = "vang_" + std::string(64, 'c');

class FakeService : public Upstream {
 public:
  explicit FakeService(std::string name) : name_(std::move(name)) {}

  Result<http::Response> Send(const Context& context, http::Request& request) override {
    if (request.path == "/internal/v1/keys/verify") return Verify(context, request);
    ++calls;
    last = request;
    trace = context.traceparent();
    if (!failure.ok()) return failure;
    if (during) during();
    return http::JsonResponse(200, "{\"from\":\"" + name_ + "\"}");
  }

  int calls = 0;
  int verifications = 0;
  http::Request last;
  std::string trace;
  Status failure;
  Status verify_failure;
  std::function<void()> during;

 private:
  Result<http::Response> Verify(const Context& context, http::Request& request) {
    ++verifications;
    if (!verify_failure.ok()) return verify_failure;
    VANG_ASSIGN_OR_RETURN(const JsonValue body, request.ReadJson(context));
    VANG_EXPECT_OK(CheckSchema("key-verification", body));
    const std::string hash = JsonReader(body).String("secret_hash");
    const std::string tail = R"(","name":"n","tenant":"acme","scopes":)";
    const std::string id = R"({"id":"11111111-1111-5111-8111-11111111111)";
    if (hash == Sha256Hex(kReader))
      return http::JsonResponse(200, id + "1" + tail + R"(["read"]})");
    if (hash == Sha256Hex(kAdmin)) {
      return http::JsonResponse(200, id + "2" + tail + R"(["read","write","admin"]})");
    }
    return http::Problem(NotFound("no such key"));
  }

  const std::string name_;
};

class GatewayTest : public testing::Test {
 protected:
  GatewayTest() { Make({}); }

  void Make(const GatewayOptions& options) {
    GatewayPorts ports;
    ports.ingestion = &ingestion_;
    ports.metadata = &metadata_;
    ports.search = &search_;
    ports.training = &training_;
    ports.health = [this](const Context&) { return health_; };
    ports.clock = &clock_;
    ports.metrics = &metrics_;
    module_ = MakeGateway(ports, options);
    VANG_EXPECT_OK(module_->Start(Context()));
  }

  void MakeLocal() {
    GatewayOptions options;
    options.require_key = false;
    Make(options);
  }

  http::Request Ask(const std::string& method, const std::string& target,
                    const std::string& key = "") {
    http::Request request;
    request.method = method;
    VANG_EXPECT_OK(http::ParseTarget(target, &request));
    request.peer = "192.0.2.1";
    request.headers.Add("Host", "vang.example");
    if (!key.empty()) request.headers.Add("Authorization", "Bearer " + key);
    return request;
  }

  http::Response Send(http::Request request) {
    return module_->router()->Handle(Context(), request);
  }
  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& key = "") {
    return Send(Ask(method, target, key));
  }

  // As a browser at `origin` asks `host`.
  http::Response SendAs(const std::string& method, const std::string& host,
                        const std::string& origin) {
    http::Request request = Ask(method, "/v1/recordings");
    request.headers.Set("Host", host);
    if (!origin.empty()) request.headers.Set("Origin", origin);
    return Send(std::move(request));
  }

  void ExpectProblem(const http::Response& response, int status, const std::string& words) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.Get("Content-Type"), "application/problem+json");
    const auto body = ParseJson(response.body);
    VANG_ASSERT_OK(body);
    VANG_EXPECT_OK(CheckSchema("problem", *body));
    EXPECT_THAT(response.body, testing::HasSubstr(words));
    EXPECT_EQ(JsonReader(*body).String("request_id"), response.headers.Get("X-Request-Id"));
  }

  FakeService ingestion_{"ingestion"};
  FakeService metadata_{"metadata"};
  FakeService search_{"search"};
  FakeService training_{"training"};
  std::vector<Health> health_{{"asr", true, "2 workers"}};
  ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<Module> module_;
};

TEST_F(GatewayTest, PassesEachRouteToItsService) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"POST", "/v1/recordings", "ingestion"},
      {"GET", "/v1/recordings", "metadata"},
      {"HEAD", "/v1/recordings/x/audio", "metadata"},
      {"DELETE", "/v1/recordings/x", "metadata"},
      {"GET", "/v1/search?q=a", "search"},
      {"POST", "/v1/dead-letters/redrive", "metadata"},
      {"GET", "/v1/datasets/x/manifest", "training"},
      {"POST", "/v1/models/x/promote", "training"},
      {"DELETE", "/v1/keys/x", "metadata"},
  };
  for (const auto& [method, target, service] : cases) {
    const http::Response response = Send(method, target, kAdmin);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_THAT(response.body, testing::HasSubstr(service)) << target;
  }
}

TEST_F(GatewayTest, SaysWhoAsksAndKeepsTheSecret) {
  http::Request request = Ask("GET", "/v1/search?q=a", kAdmin);
  request.headers.Set("X-Request-Id", "from-client.1");
  request.headers.Set("Cookie", "a=b");
  request.headers.Set("X-Vang-Tenant", "other");
  request.headers.Set("x-vang-scopes", "admin");
  request.tenant = "other";
  const http::Response response = Send(std::move(request));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(search_.last.tenant, "acme");
  EXPECT_EQ(search_.last.key_id, "11111111-1111-5111-8111-111111111112");
  EXPECT_EQ(search_.last.scopes, (std::vector<std::string>{"read", "write", "admin"}));
  EXPECT_EQ(search_.last.request_id, "from-client.1");
  EXPECT_EQ(response.headers.Get("X-Request-Id"), "from-client.1");
  for (const char* name :
       {"Authorization", "X-API-Key", "Cookie", "X-Vang-Tenant", "X-Vang-Scopes"}) {
    EXPECT_FALSE(search_.last.headers.Has(name)) << name;
  }
}

TEST_F(GatewayTest, MakesARequestIdWhenTheClientsIsNone) {
  for (const std::string& bad : {std::string(""), std::string("a b"), std::string("a\"b"),
                                 std::string(129, 'a'), std::string("ộ")}) {
    http::Request request = Ask("GET", "/livez");
    request.headers.Set("X-Request-Id", bad);
    const http::Response response = Send(std::move(request));
    EXPECT_EQ(response.headers.Get("X-Request-Id").size(), 36u) << bad;
  }
}

TEST_F(GatewayTest, CarriesTheTraceOnOrBeginsOne) {
  const std::string trace = "00-" + std::string(32, '1') + "-" + std::string(16, '2') + "-01";
  http::Request request = Ask("GET", "/v1/search?q=a", kReader);
  request.headers.Set("traceparent", trace);
  Send(std::move(request));
  EXPECT_EQ(search_.trace, trace);
  EXPECT_EQ(search_.last.headers.Get("traceparent"), trace);
  http::Request bad = Ask("GET", "/v1/search?q=a", kReader);
  bad.headers.Set("traceparent", "nonsense");
  Send(std::move(bad));
  EXPECT_TRUE(IsTraceparent(search_.trace));
}

TEST_F(GatewayTest, TakesTheKeyFromEitherHeaderAndNeverFromTheAddress) {
  http::Request request = Ask("GET", "/v1/search?q=a");
  request.headers.Set("X-API-Key", kReader);
  EXPECT_EQ(Send(std::move(request)).status, 200);
  EXPECT_EQ(Send("GET", "/v1/search?q=a&key=" + kReader).status, 401);
  EXPECT_EQ(Send("GET", "/v1/search?q=a&api_key=" + kReader).status, 401);
}

TEST_F(GatewayTest, RefusesAMissingWrongOrRevokedKey) {
  const http::Response missing = Send("GET", "/v1/recordings");
  ExpectProblem(missing, 401, "needs a key");
  EXPECT_EQ(missing.headers.Get("WWW-Authenticate"), "Bearer realm=\"vang\"");
  EXPECT_EQ(metadata_.verifications, 0);
  for (const std::string& bad :
       {kRevoked, std::string("vang_short"), "vang_" + std::string(64, 'A'),
        std::string("sk-whatever"), kReader + "0"}) {
    const http::Response response = Send("GET", "/v1/recordings", bad);
    ExpectProblem(response, 401, "not valid here");
    EXPECT_THAT(std::string(response.headers.Get("WWW-Authenticate")),
                testing::HasSubstr("invalid_token"));
  }
  EXPECT_EQ(metadata_.verifications, 1);
  EXPECT_EQ(metadata_.calls, 0);
}

TEST_F(GatewayTest, SaysWhenAKeyCannotBeChecked) {
  metadata_.verify_failure = Unavailable("metadata is away");
  const http::Response response = Send("GET", "/v1/recordings", kReader);
  ExpectProblem(response, 503, "metadata is away");
  EXPECT_TRUE(response.headers.Has("Retry-After"));
}

TEST_F(GatewayTest, NamesTheScopeThatIsMissing) {
  EXPECT_EQ(Send("GET", "/v1/recordings", kReader).status, 200);
  ExpectProblem(Send("POST", "/v1/recordings", kReader), 403, "'write'");
  ExpectProblem(Send("GET", "/v1/keys", kReader), 403, "'admin'");
  ExpectProblem(Send("POST", "/v1/models/rollback", kReader), 403, "'admin'");
  EXPECT_EQ(ingestion_.calls, 0);
}

TEST_F(GatewayTest, WithoutKeysEverybodyIsTheLocalTenant) {
  MakeLocal();
  EXPECT_EQ(SendAs("GET", "localhost:8000", "").status, 200);
  EXPECT_EQ(metadata_.last.tenant, kLocalTenant);
  EXPECT_EQ(metadata_.last.key_id, kLocalKeyId);
  EXPECT_EQ(metadata_.last.scopes.size(), 3u);
  EXPECT_EQ(metadata_.verifications, 0);
}

TEST_F(GatewayTest, WithoutKeysAnswersOnlyUnderTheNamesOfThisMachine) {
  MakeLocal();
  for (const char* host : {"localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", ""}) {
    EXPECT_EQ(SendAs("GET", host, "").status, 200) << host;
  }
  for (const char* host : {"evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
                           "192.168.1.5:8000", "[::2]:8000"}) {
    ExpectProblem(SendAs("GET", host, ""), 403, "localhost");
  }
  http::Request page = Ask("GET", "/");
  page.headers.Set("Host", "evil.example");
  ExpectProblem(Send(std::move(page)), 403, "localhost");
}

TEST_F(GatewayTest, WithoutKeysAPageOfAnotherOriginChangesNothing) {
  MakeLocal();
  EXPECT_EQ(SendAs("POST", "localhost:8000", "http://localhost:8000").status, 200);
  for (const char* origin : {"https://evil.example", "http://localhost:3000", "null",
                             "http://localhost:8000.evil.example"}) {
    ExpectProblem(SendAs("POST", "localhost:8000", origin), 403, "another origin");
  }
  EXPECT_EQ(ingestion_.calls, 1);
}

TEST_F(GatewayTest, LimitsTheRateOfEachKey) {
  GatewayOptions options;
  options.requests_per_second = 1;
  options.burst = 1;
  Make(options);
  const http::Response first = Send("GET", "/v1/recordings", kReader);
  EXPECT_EQ(first.headers.Get("RateLimit-Policy"), "\"default\";q=2;w=2");
  EXPECT_EQ(first.headers.Get("RateLimit"), "\"default\";r=1;t=1");
  EXPECT_EQ(Send("GET", "/v1/recordings", kReader).status, 200);
  const http::Response refused = Send("GET", "/v1/recordings", kReader);
  ExpectProblem(refused, 429, "too many requests");
  EXPECT_EQ(refused.headers.Get("Retry-After"), "1");
  EXPECT_EQ(Send("GET", "/v1/recordings", kAdmin).status, 200);
  EXPECT_EQ(Send("GET", "/livez").status, 200);
  clock_.Advance(Duration(1'000));
  EXPECT_EQ(Send("GET", "/v1/recordings", kReader).status, 200);
}

TEST_F(GatewayTest, LimitsWhoTriesKeysByAddress) {
  GatewayOptions options;
  options.requests_per_second = 1;
  options.burst = 0;
  Make(options);
  EXPECT_EQ(Send("GET", "/v1/recordings", kRevoked).status, 401);
  EXPECT_EQ(Send("GET", "/v1/recordings", kRevoked).status, 429);
  EXPECT_EQ(Send("GET", "/v1/recordings", kReader).status, 200);
}

TEST_F(GatewayTest, LimitsHowManyRunAtOnce) {
  GatewayOptions options;
  options.max_concurrent = 1;
  Make(options);
  http::Response inner;
  search_.during = [&] { inner = Send("GET", "/v1/recordings", kReader); };
  EXPECT_EQ(Send("GET", "/v1/search?q=a", kReader).status, 200);
  ExpectProblem(inner, 503, "at once");
  EXPECT_TRUE(inner.headers.Has("Retry-After"));
  EXPECT_EQ(Send("GET", "/v1/recordings", kReader).status, 200);
}

TEST_F(GatewayTest, SlowUploadsLeaveRoomForOthers) {
  GatewayOptions options;
  options.max_uploads = 1;
  Make(options);
  http::Response second, other;
  ingestion_.during = [&] {
    second = Send("POST", "/v1/recordings", kAdmin);
    other = Send("GET", "/v1/recordings", kReader);
  };
  EXPECT_EQ(Send("POST", "/v1/recordings", kAdmin).status, 200);
  ExpectProblem(second, 503, "uploads");
  EXPECT_EQ(other.status, 200);
}

TEST_F(GatewayTest, WithoutKeysNobodyIsCounted) {
  GatewayOptions options;
  options.require_key = false;
  options.requests_per_second = 1;
  options.burst = 0;
  Make(options);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(SendAs("GET", "localhost", "").status, 200);
}

TEST_F(GatewayTest, BoundsEveryBodyButAnUploads) {
  http::Request request = Ask("POST", "/v1/keys", kAdmin);
  request.content_length = (1 << 20) + 1;
  ExpectProblem(Send(std::move(request)), 413, "1048576");
  http::Request upload = Ask("POST", "/v1/recordings", kAdmin);
  upload.content_length = std::uint64_t{1} << 32;
  EXPECT_EQ(Send(std::move(upload)).status, 200);
}

TEST_F(GatewayTest, SaysWhenAServiceIsAway) {
  search_.failure = Unavailable("'search' is not running");
  ExpectProblem(Send("GET", "/v1/search?q=a", kReader), 503, "search");
  search_.failure = DeadlineExceeded("search took too long");
  ExpectProblem(Send("GET", "/v1/search?q=a", kReader), 504, "too long");
}

TEST_F(GatewayTest, WhatIsNotPublicIsNotThere) {
  ExpectProblem(Send("GET", "/nothing"), 404, "/nothing");
  ExpectProblem(Send("POST", "/internal/v1/keys/verify", kAdmin), 404, "internal");
  ExpectProblem(Send("GET", "/../etc/passwd"), 404, "nothing");
  const http::Response other = Send("PUT", "/v1/recordings", kAdmin);
  ExpectProblem(other, 405, "PUT");
  EXPECT_EQ(other.headers.Get("Allow"), "POST, GET");
}

TEST_F(GatewayTest, ServesThePageWithValidatorsAndWithoutAKey) {
  const std::pair<const char*, const char*> files[] = {
      {"/", "text/html; charset=utf-8"},
      {"/app.js", "text/javascript; charset=utf-8"},
      {"/app.css", "text/css; charset=utf-8"},
      {"/openapi.json", "application/json"}};
  for (const auto& [path, type] : files) {
    const http::Response response = Send("GET", path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.headers.Get("Content-Type"), type);
    EXPECT_GT(response.body.size(), 100u);
    http::Request again = Ask("GET", path);
    again.headers.Set("If-None-Match", std::string(response.headers.Get("ETag")));
    const http::Response unchanged = Send(std::move(again));
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.body, "");
  }
  EXPECT_THAT(Send("GET", "/").body, testing::HasSubstr("<html lang=\"vi\">"));
}

TEST_F(GatewayTest, EveryAnswerIsHarmlessInABrowser) {
  EXPECT_THAT(std::string(Send("GET", "/").headers.Get("Content-Security-Policy")),
              testing::AllOf(testing::HasSubstr("default-src 'none'; script-src 'self'"),
                             testing::HasSubstr("frame-ancestors 'none'"),
                             testing::Not(testing::HasSubstr("unsafe"))));
  for (const char* path : {"/", "/v1/recordings", "/nothing", "/metrics"}) {
    const http::Response response = Send("GET", path, kReader);
    EXPECT_EQ(response.headers.Get("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_TRUE(response.headers.Has("Content-Security-Policy")) << path;
    EXPECT_FALSE(response.headers.Has("Access-Control-Allow-Origin")) << path;
    EXPECT_FALSE(response.headers.Has("X-Vang-Route")) << path;
  }
  EXPECT_EQ(Send("GET", "/v1/recordings", kReader).headers.Get("Cache-Control"), "no-store");
}

TEST_F(GatewayTest, ReadinessIsTheSumOfItsParts) {
  EXPECT_EQ(Send("GET", "/livez").status, 200);
  const http::Response ready = Send("GET", "/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, testing::Not(testing::HasSubstr("asr")));
  EXPECT_THAT(Send("GET", "/readyz?verbose").body, testing::HasSubstr("2 workers"));
  health_.push_back({"embeddings", false, "a handler hangs"});
  const http::Response red = Send("GET", "/healthz");
  EXPECT_EQ(red.status, 503);
  EXPECT_THAT(red.body, testing::HasSubstr("a handler hangs"));
  EXPECT_EQ(Send("GET", "/livez").status, 200);
}

TEST(GatewayHealth, IsThatOfTheProcessesItNeedsToo) {
  GatewayPorts ports;
  ports.others = [](const Context&) {
    return std::vector<Health>{{"metadata", false, "nobody listens"}};
  };
  const auto health = MakeGateway(ports, {})->Check(Context());
  ASSERT_EQ(health.size(), 2u);
  EXPECT_EQ(health[0].name, "metadata");
  EXPECT_FALSE(health[0].ready);
  EXPECT_TRUE(health[1].ready);
}

TEST_F(GatewayTest, IsNotReadyWhileItShutsDown) {
  module_->Stop(Duration(0));
  EXPECT_EQ(Send("GET", "/readyz").status, 503);
  EXPECT_FALSE(module_->Check(Context())[0].ready);
}

TEST_F(GatewayTest, CountsByRouteAndNotByAddress) {
  Send("GET", "/v1/recordings/some-id", kReader);
  Send("GET", "/some/secret/path");
  const std::string exposed = Send("GET", "/metrics").body;
  EXPECT_THAT(exposed, testing::HasSubstr("route=\"/v1/recordings/{id}\",status=\"200\""));
  EXPECT_THAT(exposed, testing::HasSubstr("route=\"none\",status=\"404\""));
  EXPECT_THAT(exposed, testing::Not(testing::HasSubstr("some-id")));
  EXPECT_THAT(exposed, testing::Not(testing::HasSubstr("secret")));
}

TEST_F(GatewayTest, NeverLogsASecret) {
  testing::internal::CaptureStderr();
  Send("GET", "/v1/search?q=chuy%E1%BB%87n-ri%C3%AAng&key=" + kAdmin, kReader);
  Send("GET", "/v1/recordings", kRevoked);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr("/v1/search"));
  for (const std::string& secret : {kReader, kAdmin, kRevoked, std::string("riêng")}) {
    EXPECT_THAT(log, testing::Not(testing::HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace vang
