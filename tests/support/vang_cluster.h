// The distributed shape for a test: NATS, PostgreSQL, an S3 server and the eight services, all real
// processes on free ports of this machine. The gateway asks for keys. The search index is in Qdrant
// when VANG_TEST_QDRANT_URL names one, else in the embeddings service.
//
// An instance of a service is called as the service is, a second one "<service>-2", and so on.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/file.h"
#include "libs/base/temp_folder.h"
#include "libs/base/uuid.h"
#include "tests/support/nats_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/s3_server.h"
#include "tests/support/vang_server.h"

namespace vang {

// Used by one thread at a time. Everything goes with the object, but for the collection in Qdrant.
class VangCluster {
 public:
  inline static constexpr std::array<const char*, 8> kServices = {
      "metadata",   "ingestion", "asr", "nlp-post", "embeddings", "search", "training-orchestrator",
      "api-gateway"};

  // How the services reach what they stand on, and how many there are of them.
  struct Wiring {
    // Ports of proxies; 0 = the server's own.
    int nats_port = 0;
    int postgres_port = 0;
    int s3_port = 0;
    int qdrant_port = 0;
    // Another S3 server than the cluster's, of the test's.
    const S3Server* s3 = nullptr;
    // Of each but embeddings, which holds the index and is one.
    int instances = 1;
    // Of asr alone, when not as many as of the others; 0 = as many.
    int recognising = 0;
    // Recognising children of each asr; 0 = as many as it chooses.
    int recognizers = 0;
    // Where the programs are; empty = where they were built.
    std::filesystem::path programs;

    friend bool operator==(const Wiring&, const Wiring&) = default;
  };

  // Returns once all eight are ready.
  static Result<std::unique_ptr<VangCluster>> Start();
  // What they stand on alone, and their settings; StartServices() does the rest.
  static Result<std::unique_ptr<VangCluster>> StartServersAlone();
  Status StartServices();
  // Ends all services in order and starts them again; returns once they are ready.
  Status Rewire(const Wiring& wiring);

  std::vector<std::string> instances() const;
  std::string url(const std::string& instance = "api-gateway") const;

  // Of a tenant; made by `vang-metadata keys create`.
  Result<std::string> MakeKey(const std::string& tenant, const std::vector<std::string>& scopes);
  // Runs a service's program to its end, with the cluster's settings and `more` over them.
  Result<CommandResult> Run(const std::string& instance, std::vector<std::string> args,
                            std::vector<std::string> more = {}) const;

  // kill -9.
  void Kill(const std::string& instance);
  pid_t pid(const std::string& instance) const { return services_.at(instance).pid(); }
  // Starts it again where it was; does not wait for it.
  Status Restart(const std::string& instance);
  // The same with other settings: VANG_SECTION_NAME=value. One that is not of the wiring, too.
  Status RestartWith(const std::string& instance, const std::vector<std::string>& more);
  Status WaitUntilReady(const std::string& instance);
  // kill -9, for one that is not to come back.
  void Remove(const std::string& instance);
  // SIGTERM, and how it ended.
  Result<ExitStatus> Terminate(const std::string& instance);
  // The same to all at once.
  Result<std::map<std::string, ExitStatus>> Terminate();

  // What the services stand on, to be broken.
  NatsServer& nats() { return *nats_; }
  PostgresServer& postgres() { return *postgres_; }
  S3Server& s3() { return *s3_; }

  // What the services keep, to be looked at from outside.
  S3ObjectStoreConfig objects() const {
    return (wiring_.s3 == nullptr ? *s3_ : *wiring_.s3).Config(kBucket);
  }
  postgres::Config tables() const { return postgres_->ConfigFor(folder_.path()); }
  std::string nats_url() const { return nats_->url(); }
  // Of the Qdrant that holds the search index; empty = the embeddings service holds it.
  static std::string qdrant_url();
  std::filesystem::path settings() const { return folder_.path() / "vang.toml"; }
  // The secret that the services share.
  Result<std::string> secret() const { return ReadFile(folder_.path() / "secret"); }

 private:
  inline static constexpr char kBucket[] = "vang";

  VangCluster() = default;
  Status StartServers();
  // Ports for the instances that have none yet, and the file of settings.
  Status Prepare();
  Status WriteSettings() const;
  std::vector<std::string> EnvironmentOf(const std::string& instance) const;

  TempFolder folder_;
  // In Qdrant, however often the services are started anew.
  const std::string collection_ = "vang-" + RandomHex(4);
  Wiring wiring_;
  std::map<std::string, int> ports_;
  std::optional<NatsServer> nats_;
  std::unique_ptr<PostgresServer> postgres_;
  std::optional<S3Server> s3_;
  // After what they stand on, so that they go first.
  std::map<std::string, Subprocess> services_;
};

}  // namespace vang
