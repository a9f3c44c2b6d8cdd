// The adapter against a server that can do little, and against one that errs. What real servers
// make of it stands in s3_servers_test.cc.
#include "libs/adapters/object_store/s3/s3_object_store.h"

#include <fstream>
#include <set>

#include "libs/adapters/object_store/s3/plain_s3_for_test.h"
#include "libs/base/manual_clock.h"
#include "tests/contract/object_store_contract.h"

namespace vang {
namespace {

using s3::PlainS3;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSecret[] = "the-secret-word";

S3ObjectStoreConfig ConfigFor(const std::string& url, const std::filesystem::path& folder) {
  std::ofstream(folder / "id") << "the-id\n";
  std::ofstream(folder / "secret") << kSecret << "\n";
  S3ObjectStoreConfig config;
  config.endpoint = url;
  config.bucket = "sound";
  config.access_key_id_file = folder / "id";
  config.secret_access_key_file = folder / "secret";
  config.spool_folder = folder;
  config.part_bytes = std::uint64_t{5} << 20;
  return config;
}

// One server for the process, a part of the bucket for each test.
Result<std::unique_ptr<ObjectStore>> MakePlainStore(const std::filesystem::path& folder) {
  static PlainS3 server;
  S3ObjectStoreConfig config = ConfigFor(server.url(), folder);
  config.prefix = folder.filename().string() + "/";
  return OpenS3ObjectStore(Context(), config);
}

INSTANTIATE_TEST_SUITE_P(PlainS3, ObjectStoreContract, testing::Values(&MakePlainStore));

class S3ObjectStoreTest : public testing::Test {
 protected:
  std::unique_ptr<ObjectStore> Open(PlainS3& server) {
    auto store = OpenS3ObjectStore(Context(), Config(server));
    EXPECT_THAT(store, IsOk());
    return std::move(store).value();
  }
  S3ObjectStoreConfig Config(PlainS3& server) {
    S3ObjectStoreConfig config = ConfigFor(server.url(), folder_.path());
    config.retry_for = Duration(20'000);
    return config;
  }
  TempFolder folder_;
};

std::string Large() { return std::string(std::size_t{11} << 20, 'x'); }

TEST_F(S3ObjectStoreTest, SaysWhatTheServerLacks) {
  PlainS3 server;
  const std::string facts = Open(server)->Facts();
  EXPECT_THAT(facts, HasSubstr("no conditional create for objects"));
  EXPECT_THAT(facts, HasSubstr("CRC32C not verified"));
  EXPECT_THAT(facts, HasSubstr("lists out of order"));
  EXPECT_THAT(server.Keys(), IsEmpty()) << "the probe cleans up";
  EXPECT_EQ(server.OpenUploads(), 0U);
}

TEST_F(S3ObjectStoreTest, NoticesConditionalCreate) {
  PlainS3 server(true);
  const std::string facts = Open(server)->Facts();
  EXPECT_THAT(facts, HasSubstr("; conditional create"));
}

TEST_F(S3ObjectStoreTest, TriesAgainWhatFailedForAPassingReason) {
  PlainS3 server(true);
  auto store = Open(server);
  std::atomic<int> refusals{0};
  server.SetHook([&](const http::Request& request,
                     const http::Response* done) -> std::optional<http::Response> {
    if (done != nullptr || request.method != "PUT" || refusals == 2) return std::nullopt;
    return PlainS3::Error(503, refusals++ == 0 ? "SlowDown" : "ServiceUnavailable");
  });
  VANG_EXPECT_OK(store->Put(Context(), "default/a", "a"));
  EXPECT_EQ(refusals, 2);
}

TEST_F(S3ObjectStoreTest, AnAnswerThatGotLostDoesNotMakeItsOwnObjectSomebodyElses) {
  PlainS3 server(true);
  auto store = Open(server);
  std::atomic<int> lost{0};
  // Does it, and says it has not.
  server.SetHook([&](const http::Request& request,
                     const http::Response* done) -> std::optional<http::Response> {
    const bool write = request.method == "PUT" && !request.Query("uploadId");
    const bool complete = request.method == "POST" && request.Query("uploadId");
    if (done == nullptr || lost > 0 || !(write || complete)) return std::nullopt;
    if (request.path.find("/uploads/") != std::string::npos) return std::nullopt;
    ++lost;
    return PlainS3::Error(500, "InternalError");
  });
  for (const std::string& bytes : {std::string("small"), Large()}) {
    lost = 0;
    const std::string key = "default/" + std::to_string(bytes.size());
    auto writer = store->Create(Context());
    VANG_ASSERT_OK((*writer)->Write(bytes));
    const auto made = (*writer)->Commit(Context(), key);
    VANG_ASSERT_OK(made);
    EXPECT_TRUE(*made);
    EXPECT_EQ(lost, 1);
    EXPECT_EQ(store->Stat(Context(), key).value().size, bytes.size());
  }
}

TEST_F(S3ObjectStoreTest, BeginsAnUploadAnewThatTheServerForgot) {
  PlainS3 server(true);
  auto store = Open(server);
  std::atomic<int> forgotten{0};
  server.SetHook([&](const http::Request& request,
                     const http::Response* done) -> std::optional<http::Response> {
    if (done != nullptr || request.Query("partNumber") != "2" || forgotten > 0) {
      return std::nullopt;
    }
    ++forgotten;
    return PlainS3::Error(404, "NoSuchUpload");
  });
  VANG_ASSERT_OK(store->Put(Context(), "default/large", Large()));
  EXPECT_EQ(forgotten, 1);
  EXPECT_EQ(store->Get(Context(), "default/large").value(), Large());
  EXPECT_EQ(server.OpenUploads(), 0U);
  EXPECT_EQ(server.Keys(), std::vector<std::string>{"objects/default/large"});
}

TEST_F(S3ObjectStoreTest, AFailedUploadInPartsIsGivenUpAndLeavesNothing) {
  PlainS3 server(true);
  auto store = Open(server);
  server.SetHook([&](const http::Request& request,
                     const http::Response* done) -> std::optional<http::Response> {
    if (done != nullptr || request.Query("partNumber") != "3") return std::nullopt;
    return PlainS3::Error(507, "XMinioStorageFull");
  });
  EXPECT_THAT(store->Put(Context(), "default/large", Large()),
              Fails(Code::kResourceExhausted, "free some space on the server"));
  EXPECT_EQ(server.OpenUploads(), 0U);
  EXPECT_THAT(server.Keys(), IsEmpty());
}

TEST_F(S3ObjectStoreTest, AFaultInsideASuccessfulAnswerIsAFault) {
  PlainS3 server(true);
  auto store = Open(server);
  server.SetHook([&](const http::Request& request,
                     const http::Response* done) -> std::optional<http::Response> {
    if (done != nullptr || request.method != "POST" || !request.Query("uploadId")) {
      return std::nullopt;
    }
    return PlainS3::Error(200, "InternalError");
  });
  EXPECT_THAT(store->Put(Context(), "default/large", Large()), HasCode(Code::kUnavailable));
  EXPECT_THAT(server.Keys(), IsEmpty());
}

TEST_F(S3ObjectStoreTest, TheDeadlineEndsTheTries) {
  PlainS3 server(true);
  auto store = Open(server);
  server.SetHook([](const http::Request&, const http::Response*) {
    return std::optional(PlainS3::Error(500, "InternalError"));
  });
  EXPECT_THAT(store->Get(Context().WithTimeout(Duration(700)), "default/a"),
              Fails(Code::kDeadlineExceeded, "InternalError"));
}

TEST_F(S3ObjectStoreTest, DamageOnTheWayIsNoticed) {
  PlainS3 server(true);
  auto store = Open(server);
  VANG_ASSERT_OK(store->Put(Context(), "default/a", "123456789"));
  server.SetHook([](const http::Request& request,
                    const http::Response* done) -> std::optional<http::Response> {
    if (done == nullptr || (request.method != "GET" && request.method != "HEAD")) {
      return std::nullopt;
    }
    http::Response changed = *done;
    changed.headers.Set("x-amz-checksum-crc32c", "4waSgw==");
    if (request.method == "GET") changed.body[0] = '2';
    return changed;
  });
  EXPECT_THAT(store->Get(Context(), "default/a"), HasCode(Code::kDataLoss));
  EXPECT_THAT(store->OpenFile(Context(), "default/a"), HasCode(Code::kDataLoss));
}

// Whatever a server answers: a Status, never a hang or a wrong object.
TEST_F(S3ObjectStoreTest, HostileAnswersAreErrors) {
  PlainS3 server(true);
  auto store = Open(server);
  VANG_ASSERT_OK(store->Put(Context(), "default/a", "a"));
  std::string bomb = "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\">";
  for (char c = 'b'; c <= 'j'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " \"";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "\">";
  }
  bomb += "]><ListBucketResult>&j;</ListBucketResult>";
  const std::string endless =
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t"
      "</NextContinuationToken></ListBucketResult>";
  const std::string foreign =
      "<ListBucketResult><Contents><Key>elsewhere</Key><Size>1</Size><LastModified>"
      "2026-01-01T00:00:00Z</LastModified></Contents><IsTruncated>false</IsTruncated>"
      "</ListBucketResult>";
  for (const std::string& answer : {bomb, endless, foreign, std::string("{}"), std::string()}) {
    server.SetHook([answer](const http::Request& request,
                            const http::Response*) -> std::optional<http::Response> {
      if (request.method == "HEAD") return std::nullopt;
      return http::TextResponse(200, "application/xml", answer);
    });
    EXPECT_THAT(store->List(Context(), "", "", 10), HasCode(Code::kDataLoss)) << answer;
    EXPECT_THAT(store->OpenFile(Context(), "default/a"), Not(IsOk()));
    EXPECT_THAT(store->Put(Context(), "default/large", Large()), Not(IsOk()));
  }
}

TEST_F(S3ObjectStoreTest, ABucketThatIsThereAlreadyIsUsed) {
  PlainS3 server(true);
  server.SetHook(
      [](const http::Request& request, const http::Response*) -> std::optional<http::Response> {
        if (request.path != "/sound") return std::nullopt;
        if (request.method == "HEAD") return PlainS3::Error(404, "NoSuchBucket");
        if (request.method == "PUT") return PlainS3::Error(409, "BucketAlreadyOwnedByYou");
        return std::nullopt;
      });
  S3ObjectStoreConfig config = Config(server);
  config.create_bucket = true;
  auto store = OpenS3ObjectStore(Context(), config);
  VANG_ASSERT_OK(store);
  EXPECT_NE((*store)->Facts(), "");
}

TEST_F(S3ObjectStoreTest, WhatADeadProcessLeftIsSweptWhenItIsOldEnough) {
  PlainS3 server(true);
  {
    S3ObjectStoreConfig config = Config(server);
    config.retry_for = Duration(0);
    auto store = OpenS3ObjectStore(Context(), config);
    VANG_ASSERT_OK(store);
    // As if the process died: from the third part on the server hears nothing any more.
    std::atomic<bool> dead{false};
    server.SetHook([&](const http::Request& request,
                       const http::Response* done) -> std::optional<http::Response> {
      if (done == nullptr && request.Query("partNumber") == "3") dead = true;
      if (!dead) return std::nullopt;
      return PlainS3::Error(500, "InternalError");
    });
    EXPECT_THAT((*store)->Put(Context(), "default/large", Large()), Not(IsOk()));
    server.SetHook(nullptr);
  }
  ASSERT_EQ(server.OpenUploads(), 1U);
  ASSERT_EQ(server.Keys().size(), 1U);
  Open(server);
  EXPECT_EQ(server.OpenUploads(), 1U) << "it may still be under way in another process";
  ManualClock tomorrow(Clock::System().Now() + TimeMs{25} * 3'600'000);
  S3ObjectStoreConfig config = Config(server);
  config.clock = &tomorrow;
  VANG_ASSERT_OK(OpenS3ObjectStore(Context(), config));
  EXPECT_EQ(server.OpenUploads(), 0U);
  EXPECT_THAT(server.Keys(), IsEmpty());
}

TEST_F(S3ObjectStoreTest, SignsTheSessionTokenAndReadsChangedCredentials) {
  PlainS3 server(true);
  S3ObjectStoreConfig config = Config(server);
  config.session_token_file = folder_.path() / "token";
  std::ofstream(config.session_token_file) << "first-token";
  auto store = OpenS3ObjectStore(Context(), config);
  VANG_ASSERT_OK(store);
  std::mutex mutex;
  std::set<std::string> tokens;
  std::string authorization;
  server.SetHook(
      [&](const http::Request& request, const http::Response*) -> std::optional<http::Response> {
        std::lock_guard<std::mutex> lock(mutex);
        tokens.emplace(request.headers.Get("x-amz-security-token"));
        authorization = request.headers.Get("Authorization");
        return std::nullopt;
      });
  VANG_ASSERT_OK((*store)->Put(Context(), "default/a", "a"));
  std::ofstream(config.session_token_file) << "second-and-longer-token";
  std::ofstream(config.access_key_id_file) << "another-id";
  VANG_ASSERT_OK((*store)->Put(Context(), "default/b", "b"));
  EXPECT_EQ(tokens, (std::set<std::string>{"first-token", "second-and-longer-token"}));
  EXPECT_THAT(authorization, HasSubstr("Credential=another-id/"));
  EXPECT_THAT(authorization, HasSubstr("x-amz-security-token"));
}

TEST_F(S3ObjectStoreTest, ABadConfigurationIsSaid) {
  PlainS3 server;
  const auto open = [&](auto change) {
    S3ObjectStoreConfig config = Config(server);
    change(config);
    return OpenS3ObjectStore(Context(), config).status();
  };
  EXPECT_THAT(open([](auto& c) { c.endpoint = "s3.example"; }),
              Fails(Code::kInvalidArgument, "s3.example"));
  EXPECT_THAT(open([](auto& c) { c.endpoint = "http://h/path"; }), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(open([](auto& c) { c.bucket = "No"; }), Fails(Code::kInvalidArgument, "'No'"));
  EXPECT_THAT(open([](auto& c) { c.prefix = "vang"; }), Fails(Code::kInvalidArgument, "vang/"));
  EXPECT_THAT(open([](auto& c) { c.prefix = "a/../"; }), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(open([](auto& c) { c.part_bytes = 1 << 20; }), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(open([](auto& c) { c.region = ""; }), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(open([](auto& c) { c.secret_access_key_file = "/no/such/file"; }),
              Fails(Code::kUnauthenticated, "/no/such/file"));
  EXPECT_THAT(open([&](auto& c) {
                std::ofstream(folder_.path() / "two") << "two words";
                c.secret_access_key_file = folder_.path() / "two";
              }),
              Fails(Code::kUnauthenticated, "must hold"));
}

TEST_F(S3ObjectStoreTest, NoErrorHoldsTheSecret) {
  PlainS3 server(true);
  auto store = Open(server);
  server.SetHook([](const http::Request& request, const http::Response*) {
    EXPECT_THAT(std::string(request.headers.Get("Authorization")), Not(HasSubstr(kSecret)));
    return std::optional(PlainS3::Error(403, "SignatureDoesNotMatch"));
  });
  const Status status = store->Put(Context(), "default/a", "a");
  EXPECT_THAT(status, Fails(Code::kUnauthenticated, "check the files"));
  EXPECT_THAT(status.message(), Not(HasSubstr(kSecret)));
}

TEST_F(S3ObjectStoreTest, KeysTooLongForTheBucketAreRefused) {
  PlainS3 server(true);
  EXPECT_THAT(Open(server)->Put(Context(), "default/" + std::string(1'000, 'k'), "a"),
              HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang
