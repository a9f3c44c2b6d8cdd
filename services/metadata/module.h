// metadata: recordings and everything people see about them; keys, dead letters and replays.
// Public routes: /v1/recordings (all but POST) and below, /v1/dead-letters…, /v1/replays, /v1/keys.
// Between services:
//   POST   /internal/v1/recordings        recording-registration → recording (201 new, 200 known)
//   GET    /internal/v1/recordings/{id}   recording-rows
//   DELETE /internal/v1/objects/{sha256}  the audio goes unless a recording needs it: 204 either
//   way POST   /internal/v1/keys/verify       key-verification → key-identity; 404 = no such key
#pragma once

#include <memory>

#include "libs/base/clock.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/key_store.h"
#include "libs/ports/metadata_store.h"
#include "libs/ports/object_store.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct MetadataPorts {
  MetadataStore* store = nullptr;
  KeyStore* keys = nullptr;
  ObjectStore* objects = nullptr;
  EventBus* bus = nullptr;
  const Clock* clock = &Clock::System();
  Metrics* metrics = nullptr;
};

std::unique_ptr<Module> MakeMetadata(const MetadataPorts& ports);

}  // namespace vang
