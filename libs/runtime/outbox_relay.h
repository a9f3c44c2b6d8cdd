// Carries events from the metadata store's outbox to the bus, in order, each marked only after the
// bus has acknowledged it. A crash in between publishes again, which the bus recognises by id.
#pragma once

#include <memory>

#include "libs/base/context.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/metadata_store.h"
#include "libs/runtime/health.h"

namespace vang {

class OutboxRelay {
 public:
  OutboxRelay(MetadataStore* store, EventBus* bus);
  ~OutboxRelay();
  void Start();
  // Publishes what is still there, for at most `drain`.
  void Stop(Duration drain);
  // Wakes the relay: there is something new in the outbox.
  void Notify();
  Health Check() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vang
