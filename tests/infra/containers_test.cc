// The containers of infra/docker-compose.yml, all but Qdrant, run as processes with the file's own
// command lines, configuration, secrets, volumes and health checks (container_host.h says how).
// Where a machine allows no namespaces, this is skipped.
#include <gmock/gmock.h>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "tests/infra/container_host.h"
#include "tests/support/api_client.h"

namespace vang::infra {
namespace {

using testing::HasSubstr;

const std::filesystem::path kSource = VANG_SOURCE_DIR;

class Containers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    namespaces_ = EnterNamespaces();
    if (!namespaces_.ok()) return;
    secrets_ = new TempFolder();
    const auto made = RunCommand((kSource / "infra/make-secrets").string(),
                                 {secrets_->path().string()}, ProgramEnvironment({}));
    VANG_ASSERT_OK(made);
    ASSERT_TRUE(made->exit.ok()) << made->error;
    const Variables variables = {{"VANG_SECRETS", secrets_->path().string()}};
    const auto compose =
        ReadCompose(ReadFile(kSource / "infra/docker-compose.yml").value(), &variables);
    VANG_ASSERT_OK(compose);
    host_ = new ContainerHost(*compose, kSource / "infra");
    StartAll();
  }

  static void TearDownTestSuite() {
    if (host_ != nullptr) StopAll();
    delete host_;
    delete secrets_;
  }

  void SetUp() override {
    if (!namespaces_.ok()) GTEST_SKIP() << namespaces_.ToString();
    ASSERT_TRUE(host_ != nullptr);
  }

  // In the file's order: it names nothing that another waits for.
  static void StartAll() {
    for (const std::string& service : host_->services()) VANG_ASSERT_OK(host_->Start(service));
    for (const std::string& service : host_->services()) {
      VANG_ASSERT_OK(host_->WaitUntilHealthy(service));
    }
  }

  // All at once. Ours end with 0, although what they stand on ends beside them.
  static void StopAll() {
    const auto ends = host_->Stop(host_->services());
    VANG_ASSERT_OK(ends);
    EXPECT_EQ(ends->size(), host_->services().size());
    for (const auto& [service, end] : *ends) {
      EXPECT_TRUE(end.ok()) << service << " " << end.ToString() << "\n" << host_->Log(service);
    }
  }

  // A key made as infra/README.md says.
  static std::string Key() {
    static const std::string key = [] {
      const auto made =
          host_->Exec("metadata", {"vang-metadata", "keys", "create", "test", "--scope", "read",
                                   "--scope", "write", "--scope", "admin"});
      EXPECT_THAT(made, IsOk());
      EXPECT_TRUE(made.ok() && made->exit.ok()) << (made.ok() ? made->error : "");
      return made.ok() ? made->output.substr(0, made->output.find('\n')) : "";
    }();
    return key;
  }

  // Through the one port that the file publishes.
  static ApiClient Client() { return ApiClient("http://127.0.0.1:8000", Key()); }

  static void ExpectFound(const std::string& id) {
    const auto hits =
        Client().Get("/v1/search?q=" + http::PercentEncode("chat luong moi truong khong khi"));
    VANG_ASSERT_OK(hits);
    EXPECT_EQ(TextAt(*hits, "/data/0/recording_id"), id) << WriteJson(*hits);
  }

  inline static Status namespaces_;
  inline static TempFolder* secrets_ = nullptr;
  inline static ContainerHost* host_ = nullptr;
};

// One recording from the upload to the search, and again with new containers on the old volumes.
TEST_F(Containers, TheSampleIsTranscribedFoundAndOutlivesTheContainers) {
  ASSERT_EQ(host_->services().size(), 11U);
  const auto id =
      Client().Upload(ReadFile(kSource / "samples/khong-khi.opus").value(), "khong-khi.opus");
  VANG_ASSERT_OK(id);
  const auto recording = Client().WaitUntilDone(*id);
  VANG_ASSERT_OK(recording);
  EXPECT_EQ(TextAt(*recording, "/status"), "completed") << WriteJson(*recording);
  ExpectFound(*id);

  StopAll();
  StartAll();
  const auto transcript = Client().Get("/v1/recordings/" + *id + "/transcript?format=json");
  VANG_ASSERT_OK(transcript);
  EXPECT_THAT(TextAt(*transcript, "/segments/0/text"), HasSubstr("không khí"));
  ExpectFound(*id);
  const auto again =
      Client().Upload(ReadFile(kSource / "samples/khong-khi.opus").value(), "khong-khi.opus");
  VANG_ASSERT_OK(again);
  EXPECT_EQ(*again, *id);
}

TEST_F(Containers, AHealthCheckIsRedWhileWhatItLooksAtIsNotThere) {
  ASSERT_TRUE(host_->CheckHealth("api-gateway")->exit.ok());
  VANG_ASSERT_OK(host_->Stop({"search"}));
  EXPECT_FALSE(host_->CheckHealth("api-gateway")->exit.ok());
  VANG_ASSERT_OK(host_->Start("search"));
  VANG_ASSERT_OK(host_->WaitUntilHealthy("search"));
  VANG_ASSERT_OK(host_->WaitUntilHealthy("api-gateway"));
  for (const std::string& service : host_->services()) {
    EXPECT_FALSE(host_->Exec(service, {"sh", "-c", "exit 1"})->exit.ok()) << service;
  }
}

// What the file takes away of each container is not there.
TEST_F(Containers, WritesNothingButItsVolumesAndSeesNoSecretsOfOthers) {
  for (const std::string& service : host_->services()) {
    for (const char* path : {"/x", "/etc/x", "/usr/x", "/usr/local/bin/x", "/run/secrets/x"}) {
      const auto written = host_->Exec(service, {"sh", "-c", std::string("echo >") + path});
      VANG_ASSERT_OK(written);
      EXPECT_FALSE(written->exit.ok()) << service << " writes " << path;
    }
    EXPECT_TRUE(host_->Exec(service, {"sh", "-c", "echo >/tmp/x"})->exit.ok()) << service;
    const auto rights =
        host_->Exec(service, {"grep", "-c", "CapEff:\t0000000000000000", "/proc/self/status"});
    VANG_ASSERT_OK(rights);
    EXPECT_EQ(rights->output, "1\n") << service;
    EXPECT_NE(host_->Exec(service, {"id", "-u"})->output, "0\n") << service;
  }
  EXPECT_EQ(host_->Exec("api-gateway", {"ls", "/run/secrets"})->output, "service\n");
  EXPECT_FALSE(host_->Exec("api-gateway", {"getent", "hosts", "postgres"})->exit.ok());
  EXPECT_TRUE(host_->Exec("metadata", {"getent", "hosts", "postgres"})->exit.ok());
}

}  // namespace
}  // namespace vang::infra
