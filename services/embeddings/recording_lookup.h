// What metadata knows about a recording, as far as its points need it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/ports/upstream.h"

namespace vang::embeddings {

struct ReadableVersion {
  std::string version_id;
  std::int64_t number = 0;
  std::string readable_key;  // empty until it is readable
};

// The last word of people on one segment of one version.
struct Overlay {
  std::string text;
  std::string speaker;  // empty = not said

  friend bool operator==(const Overlay&, const Overlay&) = default;
};

struct RecordingState {
  TimeMs created_at = 0;
  std::vector<ReadableVersion> versions;                             // by number
  std::map<std::pair<std::string, std::int64_t>, Overlay> overlays;  // (version, segment)
};

// Nothing when the tenant has no such recording (any more). kUnavailable when metadata does not
// answer, kDataLoss when its answer is not a recording-rows body.
Result<std::optional<RecordingState>> LookUpRecording(const Context& context, Upstream* metadata,
                                                      const std::string& tenant,
                                                      const std::string& recording_id);

}  // namespace vang::embeddings
