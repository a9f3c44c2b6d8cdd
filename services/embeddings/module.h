// embeddings: nlp.postprocessed, transcript.edited → one point per moment, with people's edits in →
// embeddings.indexed. recording.deleted removes the points.
#pragma once

#include <memory>

#include "libs/base/clock.h"
#include "libs/ports/embedder.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/object_store.h"
#include "libs/ports/search_index.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct EmbeddingsPorts {
  EventBus* bus = nullptr;
  ObjectStore* objects = nullptr;
  SearchIndex* index = nullptr;
  Embedder* embedder = nullptr;
  Upstream* metadata = nullptr;  // edits, speakers, when the recording was made
  const Clock* clock = &Clock::System();
  Metrics* metrics = nullptr;
};

struct EmbeddingsOptions {
  int workers = 1;
};

std::unique_ptr<Module> MakeEmbeddings(const EmbeddingsPorts& ports,
                                       const EmbeddingsOptions& options);

}  // namespace vang
