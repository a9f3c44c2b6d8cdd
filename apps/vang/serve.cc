// `vang serve`: everything in one process, from the lock on the data folder to the last drained
// request.
#include <fmt/format.h>

#include "apps/host/listen_address.h"
#include "apps/host/model_folders.h"
#include "apps/host/recognizers.h"
#include "apps/host/stop_signals.h"
#include "apps/vang/commands.h"
#include "apps/vang/installation.h"
#include "apps/vang/modules.h"
#include "apps/vang/stores.h"
#include "libs/net/http_server.h"
#include "libs/runtime/log.h"

namespace vang::cli {
namespace {

// Requests get the first part of ten seconds to end, then each of the eight modules gets its share:
// what a stage has in hand then is cancelled and comes again after the next start.
constexpr Duration kRequestDrain{3'000};
constexpr Duration kModuleDrain{800};
constexpr Duration kStartTimeout{60'000};

// Without a key only this machine may ask; everybody else needs one, so there must be one.
Status CheckKeys(KeyStore& keys, const ListenAddress& address, const std::string& data) {
  if (address.loopback) return {};
  VANG_ASSIGN_OR_RETURN(const int active, keys.CountActive(Context().WithTimeout(kStartTimeout)));
  if (active > 0) return {};
  return FailedPrecondition("will not listen on " + address.text +
                            " without a key: anybody who reaches this machine could read "
                            "everything. Make a key first: vang keys create NAME --scope admin "
                            "--scope read --scope write --data " +
                            data);
}

Status Run(const Console& console, const ServeOptions& options) {
  VANG_RETURN_IF_ERROR(CatchStopSignals());
  VANG_ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(options.listen));
  VANG_ASSIGN_OR_RETURN(const ModelFolders models, FindModels(options.models));
  const std::filesystem::path data =
      options.data.empty() ? DefaultDataFolder() : std::filesystem::path(options.data);
  VANG_ASSIGN_OR_RETURN(const auto lock, DataLock::Take(data));
  Metrics metrics;
  VANG_ASSIGN_OR_RETURN(Stores stores, OpenStores(data));
  VANG_RETURN_IF_ERROR(CheckKeys(*stores.keys, address, ForPeople(data)));
  VANG_ASSIGN_OR_RETURN(Search search, OpenSearch(data, models));
  VANG_ASSIGN_OR_RETURN(const auto decoder, OpenDecoder(&metrics));
  ModuleOptions module_options;
  module_options.require_key = !address.loopback;
  module_options.recognizers = options.recognizers > 0 ? options.recognizers : DefaultRecognizers();
  VANG_ASSIGN_OR_RETURN(const auto transcriber,
                        OpenTranscriber(module_options.recognizers, &metrics));

  std::vector<std::unique_ptr<Upstream>> upstreams;
  ModuleGraph graph;
  AddModules({&stores, &search, decoder.get(), transcriber.get(), &metrics}, models, module_options,
             &graph, &upstreams);
  VANG_RETURN_IF_ERROR(graph.Start(Context().WithTimeout(kStartTimeout)));
  const http::Router* router = graph.Find("api-gateway")->router();
  net::HttpServerConfig server_config;
  server_config.address = address.host;
  server_config.port = address.port;
  auto server = net::HttpServer::Start(
      server_config,
      [router](const Context& context, http::Request& request) {
        return router->Handle(context, request);
      },
      &metrics);
  if (!server.ok()) {
    graph.Stop(kModuleDrain);
    if (server.status().code() != Code::kAlreadyExists) return server.status();
    return AlreadyExists(server.status().message() + "; stop it, or choose another with --listen");
  }
  const std::string url = address.Url((*server)->port());
  if (Status status = lock->Announce(url); !status.ok()) {
    Log(LogLevel::kWarning, "vang", "cannot announce the address", {{"error", status.ToString()}});
  }
  console.Print("Vang serves on " + url + " (data in " + ForPeople(data) + ")");
  WaitForStop();
  console.Note("Stopping; once more to stop at once");
  (*server)->Stop(kRequestDrain);
  graph.Stop(kModuleDrain);
  return {};
}

}  // namespace

int Serve(const Console& console, const ServeOptions& options) {
  ConfigureLog(console.quiet ? LogLevel::kWarning : LogLevel::kInfo, options.json_log);
  const Status status = Run(console, options);
  return status.ok() ? kExitOk : console.Fail(status);
}

}  // namespace vang::cli
