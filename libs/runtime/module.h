// A service is a module: built from its ports, started after what it depends on, stopped before
// it. A binary is a list of modules; the all-in-one process is the longest list.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/common/http.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/health.h"

namespace vang {

class Module {
 public:
  virtual ~Module() = default;
  virtual const std::string& name() const = 0;
  // Names of modules that must run before this one.
  virtual std::vector<std::string> dependencies() const { return {}; }
  virtual Status Start(const Context& context) = 0;
  // Stops intake, drains until `drain` is over, releases. Called once, after a good Start.
  virtual void Stop(Duration drain) = 0;
  // What the service answers over HTTP; null when it has no routes.
  virtual const http::Router* router() const { return nullptr; }
  virtual std::vector<Health> Check(const Context& context) = 0;
};

// Starts in order of dependency and stops in reverse. A module that fails to start stops those
// before it. Not thread-safe except for Check.
class ModuleGraph {
 public:
  void Add(std::unique_ptr<Module> module);
  // kFailedPrecondition for a cycle or a missing dependency.
  Status Start(const Context& context);
  void Stop(Duration drain);
  std::vector<Health> Check(const Context& context);
  Module* Find(const std::string& name);
  // The module `name` as others send to it. It is looked up at the first request, so that modules
  // may know each other in circles; kUnavailable while there is none with routes. The graph must
  // outlive it, and Add must not be called any more once requests are sent.
  std::unique_ptr<Upstream> UpstreamTo(std::string name);

 private:
  std::vector<std::unique_ptr<Module>> modules_;
  std::vector<Module*> started_;
};

}  // namespace vang
