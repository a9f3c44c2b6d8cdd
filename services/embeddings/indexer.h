// Brings the points of one recording in line with what metadata says about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/ports/embedder.h"
#include "libs/ports/object_store.h"
#include "libs/ports/search_index.h"
#include "libs/ports/upstream.h"
#include "services/embeddings/recording_lookup.h"

namespace vang::embeddings {

struct Indexed {
  std::string version_id;
  std::int64_t segments = 0;
  std::int64_t points = 0;
};

// A version that an event says is readable, which the rows may not know yet.
struct AnnouncedVersion {
  std::string version_id;
  std::string readable_key;
};

// Thread-safe.
class Indexer {
 public:
  Indexer(ObjectStore* objects, SearchIndex* index, Embedder* embedder, Upstream* metadata)
      : objects_(objects), index_(index), embedder_(embedder), metadata_(metadata) {}

  // One point for each segment of the newest readable version, with people's edits in; a segment
  // without text has a point too, so that segments and points can be compared. The rows are asked
  // again afterwards: what changed meanwhile is indexed again, and a recording deleted meanwhile
  // has its points removed. Nothing when the recording is gone, or no version of it is readable.
  Result<std::optional<Indexed>> Index(const Context& context, const std::string& tenant,
                                       const std::string& recording_id,
                                       const std::optional<AnnouncedVersion>& announced);

  Status Delete(const Context& context, const std::string& tenant,
                const std::string& recording_id) {
    return index_->DeleteRecording(context, tenant, recording_id);
  }

 private:
  Result<Indexed> Store(const Context& context, const std::string& tenant,
                        const std::string& recording_id, const RecordingState& state,
                        const AnnouncedVersion& version);

  ObjectStore* objects_;
  SearchIndex* index_;
  Embedder* embedder_;
  Upstream* metadata_;
};

}  // namespace vang::embeddings
