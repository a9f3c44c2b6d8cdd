// The stream of dead letters, used by the bus. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "libs/adapters/event_bus/nats/jetstream.h"
#include "libs/ports/event_bus.h"

namespace vang::nats {

class DeadLetters {
 public:
  // `subject`: the first tokens of the letters' subjects.
  DeadLetters(JetStream* jetstream, std::string stream, std::string subject)
      : jetstream_(jetstream), stream_(std::move(stream)), subject_(std::move(subject)) {}

  Status Put(const Context& context, const DeadLetter& letter);
  // Reads the headers of all letters of the tenant and the bodies of one page.
  Result<std::vector<DeadLetter>> List(const Context& context, const std::string& tenant,
                                       const std::string& cursor, int max);
  // `sequence` (may be null): where it is stored.
  Result<DeadLetter> Get(const Context& context, const std::string& id, std::uint64_t* sequence);
  Status Delete(const Context& context, const std::string& id);
  Status DeleteAt(const Context& context, std::uint64_t sequence);
  Result<int> Purge(const Context& context, const std::string& recording_id);

 private:
  JetStream* jetstream_;
  const std::string stream_;
  const std::string subject_;
};

}  // namespace vang::nats
