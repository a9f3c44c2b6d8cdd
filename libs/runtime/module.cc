#include "libs/runtime/module.h"

#include <algorithm>
#include <set>

#include "libs/runtime/log.h"

namespace vang {

void ModuleGraph::Add(std::unique_ptr<Module> module) { modules_.push_back(std::move(module)); }

Status ModuleGraph::Start(const Context& context) {
  std::set<std::string> running;
  while (started_.size() < modules_.size()) {
    bool progress = false;
    for (const auto& module : modules_) {
      if (running.contains(module->name())) continue;
      const auto needs = module->dependencies();
      if (!std::all_of(needs.begin(), needs.end(),
                       [&](const std::string& need) { return running.contains(need); })) {
        continue;
      }
      if (Status status = module->Start(context); !status.ok()) {
        Stop(Duration(1'000));
        return status.Wrap("starting " + module->name());
      }
      running.insert(module->name());
      started_.push_back(module.get());
      progress = true;
    }
    if (progress) continue;
    std::string stuck;
    for (const auto& module : modules_) {
      if (!running.contains(module->name())) stuck += " " + module->name();
    }
    Stop(Duration(1'000));
    return FailedPrecondition("these modules need each other or one that is not there:" + stuck);
  }
  return {};
}

void ModuleGraph::Stop(Duration drain) {
  while (!started_.empty()) {
    started_.back()->Stop(drain);
    started_.pop_back();
  }
}

std::vector<Health> ModuleGraph::Check(const Context& context) {
  std::vector<Health> all;
  for (const auto& module : modules_) {
    const bool runs = std::find(started_.begin(), started_.end(), module.get()) != started_.end();
    if (!runs) {
      all.push_back({module->name(), false, "not running"});
      continue;
    }
    for (Health& health : module->Check(context)) all.push_back(std::move(health));
  }
  return all;
}

Module* ModuleGraph::Find(const std::string& name) {
  for (const auto& module : modules_) {
    if (module->name() == name) return module.get();
  }
  return nullptr;
}

namespace {

class ModuleUpstream : public Upstream {
 public:
  ModuleUpstream(ModuleGraph* graph, std::string name) : graph_(graph), name_(std::move(name)) {}

  Result<http::Response> Send(const Context& context, http::Request& request) override {
    VANG_RETURN_IF_ERROR(context.Check());
    const Module* module = graph_->Find(name_);
    const http::Router* router = module == nullptr ? nullptr : module->router();
    if (router == nullptr) return Unavailable("'" + name_ + "' is not running");
    return router->Handle(context, request);
  }

 private:
  ModuleGraph* graph_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Upstream> ModuleGraph::UpstreamTo(std::string name) {
  return std::make_unique<ModuleUpstream>(this, std::move(name));
}

}  // namespace vang
