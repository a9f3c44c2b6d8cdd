#include "apps/services/service.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>

#include "apps/host/listen_address.h"
#include "apps/host/stop_signals.h"
#include "apps/services/make_key.h"
#include "libs/net/http_client.h"
#include "libs/net/http_server.h"
#include "libs/net/service_handler.h"
#include "libs/runtime/log.h"

namespace vang::services {
namespace {

constexpr Duration kStartTimeout{30'000};
constexpr Duration kFirstPause{500};
constexpr Duration kLongestPause{5'000};
constexpr Duration kHealthcheckTimeout{5'000};
constexpr std::size_t kShortestSecret = 32;

// The module, once it runs, as the server's threads see it.
class RunningModule {
 public:
  explicit RunningModule(std::string name) : name_(std::move(name)) {}

  void Set(Module* module) {
    std::lock_guard<std::mutex> lock(mutex_);
    module_ = module;
  }
  void SetProblem(const Status& status) {
    std::lock_guard<std::mutex> lock(mutex_);
    problem_ = status.ToString();
  }
  // Red from here on: who balances over instances sends no more.
  void SetStopping() { stopping_ = true; }

  std::vector<Health> Check(const Context& context) const {
    Module* module = nullptr;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (module_ == nullptr) return {{name_, false, problem_}};
      module = module_;
    }
    std::vector<Health> health = module->Check(context);
    if (stopping_) health.push_back({name_, false, "shutting down"});
    return health;
  }

  http::Response Handle(const Context& context, http::Request& request) const {
    const http::Router* router = nullptr;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (module_ == nullptr) {
        return http::Problem(Unavailable("'" + name_ + "' is starting: " + problem_),
                             request.request_id);
      }
      router = module_->router();
    }
    if (router == nullptr) {
      return http::Problem(NotFound("'" + name_ + "' answers no requests"), request.request_id);
    }
    return router->Handle(context, request);
  }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  Module* module_ = nullptr;
  std::string problem_ = "not started yet";
  std::atomic<bool> stopping_ = false;
};

Result<ListenAddress> AddressOf(const ServiceProgram& program, const Settings& settings) {
  const std::string& text = settings.Text("service.listen");
  return ParseListenAddress(text.empty() ? "0.0.0.0:" + std::to_string(program.port) : text);
}

// A module, and what it stands on.
struct Started {
  std::unique_ptr<Parts> parts;
  std::unique_ptr<Module> module;
};

// Tries until it is up; nothing when a signal came first. Each time from new parts: what a failed
// try has opened is closed before the next.
Started StartModule(const ServiceProgram& program, const Settings& settings, Metrics* metrics,
                    RunningModule* running) {
  Duration pause = kFirstPause;
  while (true) {
    auto parts = std::make_unique<Parts>(&settings, metrics);
    auto module = program.make(*parts);
    Status status = module.status();
    if (status.ok()) status = (*module)->Start(Context().WithTimeout(kStartTimeout));
    if (status.ok()) return {std::move(parts), *std::move(module)};
    Log(LogLevel::kWarning, program.name, "cannot start yet", {{"error", status.ToString()}});
    running->SetProblem(status);
    if (WaitForStop(pause)) return {};
    pause = std::min(pause * 2, kLongestPause);
  }
}

Status Serve(const ServiceProgram& program, const Settings& settings) {
  VANG_RETURN_IF_ERROR(CatchStopSignals());
  VANG_ASSIGN_OR_RETURN(const ListenAddress address, AddressOf(program, settings));
  VANG_ASSIGN_OR_RETURN(const int drain, settings.Number("service.drain_seconds", 0, 3'600));
  const std::string& secret = settings.Text("service.secret");
  if (secret.size() < kShortestSecret) {
    return FailedPrecondition(
        "service.secret is missing or shorter than 32 characters: without it anybody on the "
        "network could speak as one of the services. Make one with `openssl rand -hex 32` and give "
        "the same to all eight (VANG_SERVICE_SECRET or VANG_SERVICE_SECRET_FILE)");
  }
  Metrics metrics;
  RunningModule running(program.name);
  net::ServiceHandlerConfig handler;
  handler.service = program.name;
  handler.handler = [&](const Context& context, http::Request& request) {
    return running.Handle(context, request);
  };
  handler.secret = secret;
  handler.open_to_the_public = program.open_to_the_public;
  handler.health = [&](const Context& context) { return running.Check(context); };
  handler.metrics = &metrics;
  net::HttpServerConfig server_config;
  server_config.address = address.host;
  server_config.port = address.port;
  VANG_ASSIGN_OR_RETURN(
      const auto server,
      net::HttpServer::Start(server_config, net::MakeServiceHandler(handler), &metrics));
  Log(LogLevel::kInfo, program.name, "listens", {{"url", address.Url(server->port())}});
  const Started started = StartModule(program, settings, &metrics, &running);
  if (started.module) {
    running.Set(started.module.get());
    Log(LogLevel::kInfo, program.name, "ready for work");
    WaitForStop();
  }
  Log(LogLevel::kInfo, program.name, "stopping");
  running.SetStopping();
  const Duration half(drain * 500);
  server->Stop(half);
  if (started.module) started.module->Stop(half);
  return {};
}

Status Healthcheck(const ServiceProgram& program, const Settings& settings) {
  VANG_ASSIGN_OR_RETURN(const ListenAddress address, AddressOf(program, settings));
  VANG_ASSIGN_OR_RETURN(const auto client, net::HttpClient::Create(address.Url(address.port)));
  http::Request request;
  request.method = "GET";
  request.path = "/readyz";
  VANG_ASSIGN_OR_RETURN(const http::Response response,
                        client->Send(Context().WithTimeout(kHealthcheckTimeout), request));
  return response.status == 200 ? Status() : Unavailable(response.body);
}

Status ShowNewKey(const ServiceProgram& program, const Settings& settings,
                  const KeyWanted& wanted) {
  VANG_ASSIGN_OR_RETURN(const ListenAddress address, AddressOf(program, settings));
  VANG_ASSIGN_OR_RETURN(const std::string key,
                        MakeKey(settings, address.Url(address.port), wanted));
  std::printf("%s\n", key.c_str());
  std::fprintf(stderr, "This is shown once: keep it. Clients read VANG_API_KEY.\n");
  return {};
}

Status RestoreLog(const ServiceProgram& program, const Settings& settings) {
  Metrics metrics;
  Parts parts(&settings, &metrics);
  VANG_ASSIGN_OR_RETURN(const std::string done, program.restore_log(parts));
  std::printf("%s\n", done.c_str());
  return {};
}

// `keys create` below `app`.
const CLI::App* AddKeyCommand(CLI::App* app, KeyWanted* wanted) {
  CLI::App* keys = app->add_subcommand("keys", "API keys");
  keys->require_subcommand(1);
  keys->fallthrough();
  CLI::App* create = keys->add_subcommand("create", "Makes a key and shows it, once");
  create->fallthrough();
  create->add_option("name", wanted->name, "What it is for")->required();
  create->add_option("--scope", wanted->scopes, "read, write or admin; may be given several times")
      ->check(CLI::IsMember({"read", "write", "admin"}))
      ->allow_extra_args(false)
      ->capture_default_str();
  create->add_option("--tenant", wanted->tenant, "Whose recordings it opens")
      ->capture_default_str();
  return create;
}

Status Rebuild(const ServiceProgram& program, const Settings& settings) {
  Metrics metrics;
  Parts parts(&settings, &metrics);
  return program.rebuild(parts);
}

std::string SettingsHelp() {
  std::string text =
      "Settings: `name = value` under [section] in the file, VANG_SECTION_NAME in the "
      "environment,\n"
      "or the path of a file that holds the value in VANG_SECTION_NAME_FILE.\n\n";
  for (const SettingInfo& info : AllSettings()) {
    text += "  " + std::string(info.name);
    if (!info.fallback.empty()) text += " = " + std::string(info.fallback);
    if (!info.help.empty()) text += "\n      " + std::string(info.help);
    text += "\n";
  }
  return text;
}

}  // namespace

int RunService(int argc, char** argv, const ServiceProgram& program) {
  std::string config;
  CLI::App app("The service '" + program.name + "' of Vang, as a process of its own");
  app.name("vang-" + program.name);
  app.set_version_flag("--version", "vang-" + program.name + " " VANG_VERSION);
  app.add_option("--config", config, "TOML file with settings")->envname("VANG_CONFIG");
  const CLI::App* healthcheck =
      app.add_subcommand("healthcheck", "Exit 0 when the running service is ready");
  KeyWanted wanted;
  const CLI::App* create_key = program.makes_keys ? AddKeyCommand(&app, &wanted) : nullptr;
  const CLI::App* rebuild = program.rebuild
                                ? app.add_subcommand("rebuild-index", "Makes the search index anew")
                                : nullptr;
  const CLI::App* restore_log =
      program.restore_log
          ? app.add_subcommand("restore-log", "Says again what the log has lost; services may run")
          : nullptr;
  app.fallthrough();
  app.footer(SettingsHelp());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  auto settings = Settings::Load(config, ProcessEnvironment());
  Status status = settings.status();
  if (status.ok()) {
    ConfigureLog(LogLevel::kInfo, settings->Text("service.log") != "text");
    if (healthcheck->parsed()) {
      status = Healthcheck(program, *settings);
    } else if (create_key != nullptr && create_key->parsed()) {
      status = ShowNewKey(program, *settings, wanted);
    } else if (rebuild != nullptr && rebuild->parsed()) {
      status = Rebuild(program, *settings);
    } else if (restore_log != nullptr && restore_log->parsed()) {
      status = RestoreLog(program, *settings);
    } else {
      status = Serve(program, *settings);
    }
  }
  if (!status.ok())
    std::fprintf(stderr, "vang-%s: %s\n", program.name.c_str(), status.message().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace vang::services
