// One service as a process of its own: settings, probes, its module, and a stop in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "apps/services/parts.h"
#include "libs/runtime/module.h"

namespace vang::services {

struct ServiceProgram {
  std::string name;        // "asr", as its module is called
  std::uint16_t port = 0;  // when `service.listen` is not given
  // Makes the module from its parts. Called again, with new parts, after a start that failed.
  std::function<Result<std::unique_ptr<Module>>(Parts& parts)> make;
  // The api-gateway alone: its routes are the public's, who show keys and not our secret.
  bool open_to_the_public = false;
  // Metadata alone: has the command `keys create`.
  bool makes_keys = false;
  // Embeddings alone: has the command `rebuild-index`, which is this.
  std::function<Status(Parts& parts)> rebuild = {};
  // Metadata alone: the command `restore-log`; what it says when it is done.
  std::function<Result<std::string>(Parts& parts)> restore_log = {};
};

// What main() returns: 0 after a stop in order, 1 for a failure, 2 for wrong usage.
//
//   vang-<service> [--config FILE]               serves until SIGTERM or SIGINT
//   vang-<service> [--config FILE] healthcheck   0 when it is ready, 1 and why when it is not
//   vang-metadata [--config FILE] keys create NAME   shows a new API key, once; the service must
//   run
//   vang-embeddings [--config FILE] rebuild-index    makes the search index anew; metadata must
//   run, and no embeddings service
//   vang-metadata [--config FILE] restore-log        says again what the log has lost
//
// Serves its probes at once. What it depends on may come later, in any order: until then the start
// is tried again, /readyz says what is missing, and requests are answered 503.
int RunService(int argc, char** argv, const ServiceProgram& program);

}  // namespace vang::services
