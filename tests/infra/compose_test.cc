// infra/docker-compose.yml is what the Compose Specification calls a Compose file, and keeps the
// rules of compose_rules.h. Each rule is shown a file that breaks it.
#include <gmock/gmock.h>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/schema.h"
#include "tests/infra/break.h"
#include "tests/infra/compose_rules.h"
#include "tests/support/vang_server.h"

namespace vang::infra {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path kInfra = std::filesystem::path(VANG_SOURCE_DIR) / "infra";

class Compose : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    secrets_ = new TempFolder();
    const auto made = RunCommand((kInfra / "make-secrets").string(), {secrets_->path().string()},
                                 ProgramEnvironment({}));
    VANG_ASSERT_OK(made);
    ASSERT_TRUE(made->exit.ok()) << made->error;
  }
  static void TearDownTestSuite() { delete secrets_; }

  static std::string Text() { return ReadFile(kInfra / "docker-compose.yml").value(); }

  // What the rules say of the text.
  static std::vector<std::string> Faults(const std::string& text) {
    const Variables variables = {{"VANG_SECRETS", secrets_->path().string()}};
    const auto file = ReadCompose(text, &variables);
    if (!file.ok()) return {file.status().ToString()};
    return ComposeFaults({*file, ReadCompose(text, nullptr).value(), kInfra});
  }

  // And of ours, with the first `what` in it replaced.
  static std::vector<std::string> FaultsWith(const std::string& what, const std::string& other) {
    return Faults(Replaced(Text(), what, other));
  }

  // What the Compose Specification's schema says of the text.
  static std::vector<SchemaFault> SchemaFaults(const std::string& text) {
    static const JsonValue schema =
        ParseJson(
            ReadFile(std::string(VANG_SOURCE_DIR) + "/tests/infra/data/compose-spec.json").value())
            .value();
    const Variables variables = {{"VANG_SECRETS", secrets_->path().string()}};
    return ValidateAgainst(schema, ReadCompose(text, &variables).value());
  }

  inline static TempFolder* secrets_ = nullptr;
};

std::string Lines(const std::vector<SchemaFault>& faults) {
  std::string lines;
  for (const SchemaFault& fault : faults) lines += fault.pointer + ": " + fault.detail + "\n";
  return lines;
}

TEST_F(Compose, OurFileConformsToTheSpecification) { EXPECT_EQ(Lines(SchemaFaults(Text())), ""); }

TEST_F(Compose, TheSpecificationRefusesWhatItDoesNotKnow) {
  for (const char* text : {
           "services: {a: {image: x, memroy: 1g}}",
           "services: {a: {image: 1}}",
           "services: {a: {image: x, ports: [{published: 80}, {target: [1]}]}}",
           "services: {a: {image: x, healthcheck: {interval: 10s, test: {CMD: x}}}}",
           "services: {a: {image: x, stop_grace_period: 30}}",
           "services: {'a b': {image: x}}",
           "service: {a: {image: x}}",
           "services: {a: {image: x}}\nvolumes: {v: {driver: 1}}",
           "services: []",
       }) {
    EXPECT_NE(Lines(SchemaFaults(text)), "") << text;
  }
  EXPECT_EQ(Lines(SchemaFaults("services: {a: {image: x, stop_grace_period: 30s}}")), "");
}

TEST_F(Compose, OurFileKeepsTheRules) { EXPECT_THAT(Faults(Text()), IsEmpty()); }

TEST_F(Compose, EachRuleIsBrokenBySomething) {
  for (const Break& broken : {
           Break{"  nlp-post:\n", "  nlp:\n", "there is no service 'nlp-post'"},
           {"  nlp-post:\n", "  nlp:\n", "service 'nlp': the design has no such service"},
           {"postgres:15.20-bookworm", "postgres:latest", "service 'postgres': the image"},
           {"postgres:15.20-bookworm", "postgres", "service 'postgres': the image"},
           {"vang:0.1.0", "vang:latest", "service 'asr': the image 'vang:latest' has no pinned"},
           {"dockerfile: infra/Dockerfile", "dockerfile: Dockerfile", "there is no file"},
           {"target: servers", "target: server", "the Dockerfile has no stage 'server'"},
           {"restart: unless-stopped", "restart: \"no\"", "it does not restart"},
           {"    healthcheck: {<<: *health, test: [CMD, vang-search, healthcheck]}", "",
            "service 'search': it has no health check"},
           {"test: [CMD, vang-search", "test: [NONE, vang-search",
            "service 'search': it has no health"},
           {"test: [CMD, vang-search", "disable: true, test: [CMD, vang-search",
            "service 'search': it has no health"},
           {"  interval: 10s\n", "", "its health check has no interval"},
           {"max-size: 10m, ", "", "its log has no bound"},
           {"user: \"10001:10001\"", "user: \"0:0\"", "its user is not a number other than root's"},
           {"  user: \"10002:10002\"\n", "", "service 's3': its user"},
           {"read_only: true", "read_only: false", "its root is not read-only"},
           {"init: true", "privileged: true", "it is privileged"},
           {"cap_drop: [ALL]", "cap_drop: [CHOWN]", "it keeps capabilities"},
           {"cap_drop: [ALL]", "cap_drop: [ALL]\n  cap_add: [SYS_ADMIN]",
            "it is given capabilities"},
           {"no-new-privileges:true", "no-new-privileges:false", "it may gain privileges"},
           {":-8000}:8000", ":-8000}:8001", "service 'api-gateway': it does not publish 8000"},
           {"expose: [\"5432\"]", "ports: [\"5432:5432\"]",
            "'postgres': it can be reached from outside"},
           {"  data: {internal: true}", "  data: {}", "its network 'data' is not internal"},
           {"[\"9000\", \"9001\"]", "[\"9000\"]", "service 's3': it does not expose 9001"},
           {"\"nats:/data\"", "\"/data\"", "service 'nats': /data is on no named volume"},
           {"postgres:/var/lib/postgresql/data", "postgres:/var/lib/postgresql",
            "/var/lib/postgresql/data is on no named volume"},
           {"\"index:/var/lib", "\"/srv/index:/var/lib", "service 'embeddings': it mounts a path"},
           {"POSTGRES_PASSWORD_FILE: /run/secrets/postgres", "POSTGRES_PASSWORD: vang",
            "POSTGRES_PASSWORD is not the path of a secret"},
           {"MINIO_ROOT_PASSWORD_FILE: /run/secrets/s3-secret", "MINIO_ROOT_PASSWORD: minioadmin",
            "MINIO_ROOT_PASSWORD is not the path of a secret"},
           {"    secrets: [service, qdrant]\n", "    secrets: [service]\n",
            "service 'search': it is not given the secret 'qdrant'"},
           {"    secrets: [service]\n", "    secrets: [service, nats]\n",
            "service 'api-gateway': it does not read the secret 'nats'"},
           {"  s3: {}\n", "", "'s3' is not declared in volumes"},
           {"  pg_hba: {file: postgres/pg_hba.conf}\n", "", "'pg_hba' is not declared in configs"},
           {"  outside: {}\n", "", "'outside' is not declared in networks"},
           {"volumes:\n  postgres: {}", "volumes:\n  old: {}\n  postgres: {}",
            "volumes 'old' is used by nobody"},
           {"file: nats/nats.conf", "file: nats/nats.cfg", "config 'nats': there is no"},
           {"    command: [vang-search]", "    depends_on: [serch]\n    command: [vang-search]",
            "service 'search': it depends on 'serch', which is no service"},
           {"    command: [vang-search]",
            "    depends_on: {serch: {condition: service_healthy}}\n    command: [vang-search]",
            "service 'search': it depends on 'serch', which is no service"},
           {"folder}/nats\"", "folder}/bus\"", "secret 'nats': infra/make-secrets makes no"},
           {"service: {file: \"${VANG_SECRETS:?run infra/make-secrets FOLDER and set VANG_SECRETS "
            "to "
            "that folder}/",
            "service: {file: \"${VANG_SECRETS:-/etc/vang}/",
            "secret 'service' is not a file in a folder"},
       }) {
    EXPECT_THAT(FaultsWith(broken.what, broken.other), Contains(HasSubstr(broken.fault)))
        << broken.what << " -> " << broken.other;
  }
}

// The settings of the services look for each other at the names and ports of the Compose file.
TEST_F(Compose, SettingsThatNameNobodyAreSeen) {
  const TempFolder folder;
  std::filesystem::copy(kInfra, folder.path() / "infra", std::filesystem::copy_options::recursive);
  std::string settings = ReadFile(kInfra / "vang.toml").value();
  for (const auto& [what, other] : {std::pair{"http://asr:8003", "http://asr:8300"},
                                    {"nats://nats:4222", "nats://broker:4222"}}) {
    settings.replace(settings.find(what), std::string(what).size(), other);
  }
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "infra/vang.toml", settings));
  const Variables variables = {{"VANG_SECRETS", secrets_->path().string()}};
  const auto faults =
      ComposeFaults({ReadCompose(Text(), &variables).value(), ReadCompose(Text(), nullptr).value(),
                     folder.path() / "infra"});
  EXPECT_THAT(faults,
              testing::UnorderedElementsAre("vang.toml looks for 'asr' at 8300",
                                            "vang.toml names 'broker', which is no service"));
}

TEST(ComposeFile, MergesAndFillsIn) {
  const Variables variables = {{"HERE", "is"}, {"EMPTY", ""}};
  const auto file = ReadCompose(
      "x-base: &base {a: 1, b: {c: true}}\n"
      "one: {<<: *base, a: \"2\", d: ~}\n"
      "two: [\"${HERE}\", \"${EMPTY:-else}\", \"${NONE:-}\", '$${HERE}', 1.5, 10s]\n",
      &variables);
  VANG_ASSERT_OK(file);
  EXPECT_EQ(WriteJson(*file),
            R"({"x-base":{"a":1,"b":{"c":true}},"one":{"a":"2","d":null,"b":{"c":true}},)"
            R"("two":["is","else","","${HERE}",1.5,"10s"]})");
}

TEST(ComposeFile, RefusesWhatDockerRefuses) {
  const Variables none;
  EXPECT_THAT(ReadCompose("a: ${SECRETS:?make them first}/x", &none),
              Fails(Code::kInvalidArgument, "SECRETS is missing: make them first"));
  EXPECT_THAT(ReadCompose("a: 1\nb: 2\na: 3\n", &none), Fails(Code::kInvalidArgument, "in line 3"));
  EXPECT_THAT(ReadCompose("a: *nobody", &none), Fails(Code::kInvalidArgument, "no YAML"));
  EXPECT_THAT(ReadCompose("a: [1", &none), Fails(Code::kInvalidArgument, "no YAML"));
  EXPECT_THAT(ReadCompose("a: ${1}", &none), Fails(Code::kInvalidArgument, "understood"));
}

}  // namespace
}  // namespace vang::infra
