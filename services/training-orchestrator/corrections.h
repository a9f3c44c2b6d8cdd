// People's corrections as they come and go: each transcript.edited becomes a row of raw material, a
// recording.deleted takes its rows out of the corrections, the datasets and their manifests.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "libs/common/event.h"
#include "libs/ports/object_store.h"
#include "libs/ports/registry_store.h"
#include "libs/ports/upstream.h"

namespace vang::training {

class Corrections {
 public:
  // The ports must outlive it. Thread-safe.
  Corrections(RegistryStore* registry, ObjectStore* objects, Upstream* metadata);

  // Applies transcript.edited or recording.deleted; the same event again changes nothing. An edit
  // that metadata no longer knows (its recording was deleted) is passed over.
  Status Apply(const Context& context, const Event& event);

  // What a dataset made now would hold: for each segment its latest correction, with the speaker's
  // present name and split; corrections to nothing ("no speech here") left out. Sorted by
  // recording and time.
  Result<std::vector<DatasetItem>> Current(const Context& context, const std::string& tenant);

  // Held while a dataset is made: a recording must not be erased between Current and AddDataset.
  std::unique_lock<std::mutex> Hold() { return std::unique_lock<std::mutex>(mutex_); }

 private:
  Status Add(const Context& context, const Event& event);
  Status Erase(const Context& context, const Event& event);

  RegistryStore* const registry_;
  ObjectStore* const objects_;
  Upstream* const metadata_;
  std::mutex mutex_;
};

}  // namespace vang::training
