// A nats-server of a test's own: real process, free port, data in a folder of the test's.
#pragma once

#include <filesystem>
#include <string>

#include "libs/base/subprocess.h"

namespace vang {

enum class NatsVersion {
  kOld,  // 2.9.10 of Debian 12
  kNew,  // 2.12, which syncs every message before it acknowledges
};

class NatsServer {
 public:
  struct Options {
    std::filesystem::path folder;
    NatsVersion version = NatsVersion::kNew;
    std::string more_config = {};  // further lines of its configuration file
  };

  // Returns once it takes connections.
  static Result<NatsServer> Start(Options options);

  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  std::string monitor_url() const { return "http://127.0.0.1:" + std::to_string(monitor_port_); }

  // Where its streams lie.
  const std::filesystem::path& folder() const { return options_.folder; }

  // kill -9.
  void Kill();
  // Starts it again with the same port and data, whether it was killed or not.
  Status Restart();
  // SIGSTOP and SIGCONT.
  void Freeze();
  void Thaw();

 private:
  NatsServer(Options options, int port, int monitor_port, Subprocess process)
      : options_(std::move(options)),
        port_(port),
        monitor_port_(monitor_port),
        process_(std::move(process)) {}

  Options options_;
  int port_;
  int monitor_port_;
  Subprocess process_;
};

}  // namespace vang
