// A PostgreSQL server of a test's own: real processes, free port, data in a temporary folder.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libs/adapters/postgres/config.h"
#include "libs/base/subprocess.h"
#include "libs/base/temp_folder.h"

namespace vang {

// Used by one thread at a time. Runs under the user `postgres` (or `nobody`) when the test is root,
// because PostgreSQL refuses to be, else as the test's own user. Everything goes with the object.
class PostgresServer {
 public:
  struct Options {
    // fsync=off: what is tested here is the death of processes, not of the machine.
    bool durable = false;
    std::vector<std::string> settings = {};  // NAME=value
  };

  static Result<std::unique_ptr<PostgresServer>> Start(const Options& options);
  // One for the whole test program, started by the first call.
  static Result<const PostgresServer*> Shared();
  ~PostgresServer();

  // Logs in with a password; the database's schema is named after `folder`, so that each test has
  // its own and finds it again.
  postgres::Config ConfigFor(const std::filesystem::path& folder) const;
  int port() const { return port_; }

  // kill -9 of the server and of every process it has.
  void Kill();
  // An orderly end that does not wait for clients.
  void Stop();
  // Starts again on the same data and port, and returns when it takes connections.
  Status Restart();
  // SIGSTOP and SIGCONT for the server and every process it has.
  void Freeze();
  void Thaw();
  // Runs a client program of PostgreSQL's, logged in as the superuser, to its end and gives its
  // standard output.
  Result<std::string> Run(const std::string& program, std::vector<std::string> args) const;

 private:
  explicit PostgresServer(const Options& options) : options_(options) {}
  Status MakeData();
  Status Launch();
  void Signal(int signal);

  const Options options_;
  TempFolder folder_;
  int port_ = 0;
  std::unique_ptr<Subprocess> process_;
};

}  // namespace vang
