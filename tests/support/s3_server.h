// Real S3 servers for tests: each its own process, folder, port and random credentials.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libs/adapters/object_store/s3/s3_object_store.h"
#include "libs/base/subprocess.h"

namespace vang {

enum class S3Kind { kMinio, kVersitygw };

class S3Server {
 public:
  struct Options {
    S3Kind kind = S3Kind::kMinio;
    std::filesystem::path folder = {};  // of the test's; data and credentials lie there
    bool tls = false;                   // with a certificate of its own; see ca_file()
    std::string domain = {};            // MinIO: buckets as hosts below it, too
  };

  // Returns once it answers; kNotFound when tools/install-servers has not built it. The folder may
  // hold what an earlier server left.
  static Result<S3Server> Start(const Options& options);

  // A store in this server; the bucket is made when it is missing. Everything that a test would
  // wait for is short.
  S3ObjectStoreConfig Config(const std::string& bucket) const;

  const std::string& url() const { return url_; }
  std::filesystem::path ca_file() const { return options_.folder / "certs/public.crt"; }
  std::string access_key_id() const { return access_key_id_; }
  std::string secret_access_key() const { return secret_access_key_; }
  std::filesystem::path data() const { return options_.folder / "data"; }

  // kill -9.
  void Kill();
  // Again at the same address, with what lies in its folder.
  Status Restart();
  // SIGSTOP: connections are taken and nothing is answered.
  void Freeze();
  void Thaw();

 private:
  explicit S3Server(Options options) : options_(std::move(options)) {}
  Status MakeCertificate() const;
  Status Run();

  Options options_;
  std::string access_key_id_;
  std::string secret_access_key_;
  std::uint16_t port_ = 0;
  std::string url_;
  std::optional<Subprocess> process_;
};

}  // namespace vang
