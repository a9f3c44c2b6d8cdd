// The containers of a Compose file as processes of this machine: where there is no container
// engine, this shows that their command lines, configuration, secrets, volumes and health checks
// fit each other. A container has a root of its own, read-only, with the paths that its image and
// its entry in the file give it, a user without rights, and the names of those it shares a network
// with; all are in one network namespace, where every port is free and nothing outside can be
// reached.
//
// The images are not built: programs, libraries and models are those of this working tree and this
// machine, at the places where infra/Dockerfile puts them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "libs/base/subprocess.h"
#include "libs/base/temp_folder.h"
#include "tests/infra/compose_file.h"
#include "tests/support/vang_server.h"

namespace vang::infra {

// Moves this process, which must have one thread, into namespaces of its own, where it is root
// whoever runs it. A failure says that this machine does not allow it.
Status EnterNamespaces();

// After EnterNamespaces(). Used by one thread at a time; everything goes with the object.
class ContainerHost {
 public:
  // `infra`: where the file is that `compose` was read from.
  ContainerHost(JsonValue compose, std::filesystem::path infra);

  // Those that start without a profile.
  std::vector<std::string> services() const;

  // A new container of the service on the volumes of its forerunners. Does not wait for it.
  Status Start(const std::string& service);
  // Runs a command in a container that runs.
  Result<CommandResult> Exec(const std::string& service, std::vector<std::string> command) const;
  // What the service's health check says.
  Result<CommandResult> CheckHealth(const std::string& service) const;
  Status WaitUntilHealthy(const std::string& service);
  // Its stop signal to each that runs, all at once as `docker compose stop` does, and how they end.
  Result<std::map<std::string, ExitStatus>> Stop(std::vector<std::string> services);

  std::string Log(const std::string& service) const;

 private:
  const JsonValue& Entry(const std::string& service) const;
  std::vector<std::string> Environment(const std::string& service) const;
  // The container's root, and the list of what is mounted into it.
  Status MakeRoot(const std::string& service) const;
  Status PutFiles(const std::string& service, const std::filesystem::path& root) const;
  std::string Mounts(const std::string& service, const std::filesystem::path& root) const;
  std::string Hosts(const std::string& service) const;

  const JsonValue compose_;
  const std::filesystem::path infra_;
  TempFolder folder_;
  std::map<std::string, Subprocess> containers_;
};

}  // namespace vang::infra
