// The distributed shape for a test: NATS, PostgreSQL, an S3 server and the eight services, all real
// processes on free ports of this machine. The gateway asks for keys.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/temp_folder.h"
#include "tests/support/nats_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/s3_server.h"
#include "tests/support/vang_server.h"

namespace vang {

// Used by one thread at a time. Everything goes with the object.
class VangCluster {
 public:
  inline static constexpr std::array<const char*, 8> kServices = {
      "metadata",   "ingestion", "asr", "nlp-post", "embeddings", "search", "training-orchestrator",
      "api-gateway"};

  // Returns once all eight are ready.
  static Result<std::unique_ptr<VangCluster>> Start();

  std::string url(const std::string& service = "api-gateway") const;

  // Of a tenant; made by `vang-metadata keys create`.
  Result<std::string> MakeKey(const std::string& tenant, const std::vector<std::string>& scopes);
  // Runs a service's program to its end, with the cluster's settings.
  Result<CommandResult> Run(const std::string& service, std::vector<std::string> args) const;

  // kill -9.
  void Kill(const std::string& service);
  // Starts it again where it was; does not wait for it.
  Status Restart(const std::string& service);
  Status WaitUntilReady(const std::string& service);
  // SIGTERM to all eight at once; how each ended.
  Result<std::map<std::string, ExitStatus>> Terminate();

  // What the services keep, to be looked at from outside.
  S3ObjectStoreConfig objects() const { return s3_->Config(kBucket); }
  std::string nats_url() const { return nats_->url(); }

 private:
  inline static constexpr char kBucket[] = "vang";

  VangCluster() = default;
  Status StartServers();
  Status WriteSettings() const;
  std::vector<std::string> EnvironmentOf(const std::string& service) const;

  TempFolder folder_;
  std::map<std::string, int> ports_;
  std::optional<NatsServer> nats_;
  std::unique_ptr<PostgresServer> postgres_;
  std::optional<S3Server> s3_;
  // After what they stand on, so that they go first.
  std::map<std::string, Subprocess> services_;
};

}  // namespace vang
