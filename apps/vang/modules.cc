#include "apps/vang/modules.h"

#include "services/api-gateway/module.h"
#include "services/asr/module.h"
#include "services/embeddings/module.h"
#include "services/ingestion/module.h"
#include "services/metadata/module.h"
#include "services/nlp-post/module.h"
#include "services/search/module.h"
#include "services/training-orchestrator/module.h"

namespace vang::cli {

void AddModules(const ModuleParts& parts, const ModelFolders& models, const ModuleOptions& options,
                ModuleGraph* graph, std::vector<std::unique_ptr<Upstream>>* upstreams) {
  const auto to = [&](const char* name) {
    upstreams->push_back(graph->UpstreamTo(name));
    return upstreams->back().get();
  };
  Stores& stores = *parts.stores;
  const Clock* clock = &Clock::System();
  Metrics* metrics = parts.metrics;

  graph->Add(MakeMetadata({stores.metadata.get(), stores.keys.get(), stores.objects.get(),
                           stores.bus.get(), clock, metrics}));
  graph->Add(MakeTraining({stores.registry.get(), stores.objects.get(), stores.bus.get(),
                           to("metadata"), to("asr"), clock, metrics},
                          {models.speech}));
  AsrOptions asr;
  asr.workers = options.recognizers;
  graph->Add(MakeAsr({stores.bus.get(), stores.objects.get(), parts.decoder, parts.transcriber,
                      to("training-orchestrator"), clock, metrics},
                     asr));
  NlpPostOptions nlp;
  nlp.model_folder = models.text;
  graph->Add(MakeNlpPost({stores.bus.get(), stores.objects.get(), clock, metrics}, nlp));
  graph->Add(MakeEmbeddings({stores.bus.get(), stores.objects.get(), parts.search->index.get(),
                             parts.search->embedder.get(), to("metadata"), clock, metrics},
                            {}));
  graph->Add(MakeSearch(
      {parts.search->index.get(), parts.search->embedder.get(), to("metadata"), metrics}));
  graph->Add(MakeIngestion({stores.objects.get(), to("metadata"), metrics}, {}));
  GatewayPorts gateway;
  gateway.ingestion = to("ingestion");
  gateway.metadata = to("metadata");
  gateway.search = to("search");
  gateway.training = to("training-orchestrator");
  gateway.health = [graph](const Context& context) { return graph->Check(context); };
  gateway.metrics = metrics;
  GatewayOptions gateway_options;
  gateway_options.require_key = options.require_key;
  graph->Add(MakeGateway(gateway, gateway_options));
}

}  // namespace vang::cli
